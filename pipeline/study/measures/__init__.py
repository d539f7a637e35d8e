"""One file for each measure of heads, or for several that one computation gives."""
