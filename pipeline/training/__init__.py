"""A network and batches -> a trained network: the Lightning module, its batches, the fit."""
