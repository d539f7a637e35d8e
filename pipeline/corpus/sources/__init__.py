"""Where examples come from: a file for each kind, found by its name when it is chosen."""
