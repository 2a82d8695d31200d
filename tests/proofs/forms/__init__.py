"""Secure forms: what a visitor sends is read once, by one agent, and is nowhere else."""
