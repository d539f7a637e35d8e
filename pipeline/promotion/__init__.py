"""Which model is in use: a run takes a title from another where it is shown to be better."""
