"""Numbers become PNG pictures in one visual language; the same numbers give the same bytes.

Nothing is re-exported here: who needs one picture loads no other.
"""
