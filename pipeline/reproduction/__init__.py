"""A run's record -> the run made again, and what is the same: reproduce, verify, why, bundle."""
