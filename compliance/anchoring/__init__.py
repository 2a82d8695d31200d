"""Anchors: signed roots over the heads of all chains, kept where nobody who rules the database rules too."""
