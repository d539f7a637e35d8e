"""What the heads of a trained encoder do: measures of their weights and of their effect."""
