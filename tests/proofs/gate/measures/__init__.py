"""One module per measure. It names its `KEYS`, and `measure(stage)` returns a figure for each; more keys are welcome.

A key of `tests.proofs.gate.bounds` must be there and hold; other figures are printed beside them.
"""
