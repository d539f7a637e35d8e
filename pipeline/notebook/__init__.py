"""A run in a notebook: its figures, its model, where its heads look."""
