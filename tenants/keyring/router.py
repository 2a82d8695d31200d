from typing import Any

from tenants.keyring.scope import ALIAS
from tenants.operator_role import OWN_ALIASES


class KeysRouter:
    """Sends the key ring to the keys database, and nothing else there."""

    app_label = "keyring"

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == self.app_label else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        if db not in OWN_ALIASES:
            return False
        return (app_label == self.app_label) == (db == ALIAS)
