"""Runs beside each other: what differs, whether they may be compared, and what can be claimed."""
