"""The forms that any source may come in: CoNLL-U, rows of a table, a package's wheel."""
