"""The model leaves evidence: numbers, pictures and pages of it, joined in one folder."""
