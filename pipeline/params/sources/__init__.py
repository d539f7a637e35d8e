"""The settings of each kind of source, in a file of its name."""
