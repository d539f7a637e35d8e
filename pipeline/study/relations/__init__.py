"""Relations between words: who is to be found, by which rules without a head, how well."""
