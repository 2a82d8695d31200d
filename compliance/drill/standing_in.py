"""Let restored databases stand in for the live ones: whatever is called inside works on them, the key ring included."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.utils import load_backend

from tenants.keyring import ring


class Restored:
    """Connections to restored databases, by the alias of the live one whose place each may take."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._connections = {alias: _connection(alias, entry) for alias, entry in entries.items()}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Exchange the connections of this thread, as `tenants.operator_role` does; no key is carried across."""
        own = {alias: connections[alias] for alias in self._connections}
        ring.forget_cached_keys()
        for alias, connection in self._connections.items():
            connections[alias] = connection
        try:
            yield
        finally:
            for alias, connection in own.items():
                connections[alias] = connection
            ring.forget_cached_keys()

    def close(self) -> None:
        """Leave the databases, so that they can be dropped."""
        for connection in self._connections.values():
            connection.close()


def _connection(alias: str, entry: Mapping[str, Any]) -> Any:
    live = connections[alias].settings_dict
    return load_backend(live["ENGINE"]).DatabaseWrapper({**live, **entry}, alias)
