"""What a process remembers of organisations and people."""

from chat import people, presence, selectors, waiting
from compliance import rule_sets
from tenants.keyring import ring


def forget() -> None:
    """Forget it all, as after a restart."""
    ring.forget_cached_keys()
    rule_sets.forget()
    presence.forget()
    waiting.forget()
    for known in (people._members, people._names, selectors._contacts):
        known.clear()
