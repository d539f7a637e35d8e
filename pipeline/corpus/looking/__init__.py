"""Looking at a person's file before anything is made of it: what it holds, what to choose."""
