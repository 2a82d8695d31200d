"""Fences taken away one at a time, to see that the probes notice."""
