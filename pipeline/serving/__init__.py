"""The trained model in use: predictions for text, and MLflow's packaging of them."""
