"""One module per measure. It names its `KEYS`, and `measure(stage)` returns a figure for each; more keys are welcome.

A measure may have bounds of its own (`holds(figures)`), and stay out of the suite (`IN_SUITE = False`). In the suite it
runs in its short form on the suite's own databases, and should cost a second or two.

A key of `tests.proofs.gate.bounds` must be there and hold; other figures are printed beside them.
"""
