"""An encoder with an objective's head: the model that is trained, saved and read again."""
