"""Many runs from one command: handed out by Optuna, made in trees of their own, kept by DVC."""
