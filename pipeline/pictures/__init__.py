"""Numbers become PNG pictures in one visual language; the same numbers give the same bytes.

Nothing is re-exported here: a stage depends only on the pictures that it draws.
"""
