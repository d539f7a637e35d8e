"""The runs of a store, found by what a person types, listed, fetched and shown."""
