"""A model's answers become evidence: numbers with intervals, tables, pictures.

Nothing is re-exported here: a stage that needs one picture must not depend on every measure.
"""
