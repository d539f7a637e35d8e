"""The verbs: one file a stage, each reads params and artifacts, calls the library and writes."""
