"""Sealing, opening and resealing of stored text. Opening may be imported by the modules named in pyproject.toml."""

from tenants.encryption.slot import Slot, column_of

__all__ = ["Slot", "column_of"]
