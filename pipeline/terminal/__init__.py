"""What commands print: tables of runs, scores and heads, a sentence followed through the model."""
