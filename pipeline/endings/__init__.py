"""How a process ends before its time, and what is done so that nothing is lost by it."""
