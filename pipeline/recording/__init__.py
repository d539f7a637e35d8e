"""What of an execution goes into its run: data, model, evidence, and what they were made from."""
