"""The heads of many seeds: which are found again in each, what they do, and since when."""
