"""One module per measure; see `tests.proofs.measured`."""
