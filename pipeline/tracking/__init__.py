"""A store of runs, and how a run gets into it, whatever happens to the store meanwhile."""
