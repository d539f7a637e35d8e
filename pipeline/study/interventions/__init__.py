"""What the model owes to a head: heads closed, weights exchanged, words hidden."""
