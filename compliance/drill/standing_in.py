"""Let restored databases stand in for the live ones: whatever is called inside works on them, the key ring included."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

from compliance.drill.found import ALIASES
from tenants.keyring import ring
from tenants.rls import OWNER_ROLE


@contextmanager
def owners_of_embedded() -> Iterator[None]:
    """Beside a demo, work as the owner of its tables; elsewhere as whoever the environment names."""
    if not settings.IS_EMBEDDED:
        yield
        return
    with closing(Restored({alias: {"USER": OWNER_ROLE} for alias in ALIASES})) as owner, owner.in_place():
        yield


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
