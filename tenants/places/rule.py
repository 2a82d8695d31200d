"""The rule that says from which networks an organisation's people may come. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tenants.places.networks import is_within


@dataclass(frozen=True, slots=True)
class AddressRuling:
    """An address rule as it is judged by.

    `roles` are those it holds for; each of `networks` is written as it is kept, with the one role it is open to, or an
    empty text for all. `until`, in seconds since 1970, is when it ends by itself, being on trial.
    """

    is_on: bool
    roles: frozenset[str]
    networks: tuple[tuple[str, str], ...]
    until: float | None = None

    @classmethod
    def of(cls, read: Mapping[str, Any]) -> Self:
        """Return the rule of its JSON form."""
        networks = tuple((str(network), str(role)) for network, role in read["networks"])
        until = None if read["until"] is None else float(read["until"])
        return cls(bool(read["on"]), frozenset(read["roles"]), networks, until)

    def admits(self, role: str, address: str) -> bool:
        """Whether somebody of a role may come from an address."""
        if not (self.is_on and role in self.roles):
            return True
        return any(is_within(address, network) for network, only in self.networks if only in {"", role})

    def shut_out(self) -> list[str]:
        """Return the roles it holds for that no network is open to: on with one of these, it would lock them out."""
        open_to = {only for _, only in self.networks}
        return [] if "" in open_to else sorted(self.roles - open_to)


def in_force(rules: Iterable[AddressRuling], now: float) -> AddressRuling | None:
    """Return the one that holds at a moment: what is on trial as long as that lasts, else what stands.

    It is judged when it is asked, so a trial ends on time even where no job runs.
    """
    standing = None
    for rule in rules:
        if rule.until is None:
            standing = rule
        elif now < rule.until:
            return rule
    return standing


def trial_until(rules: Sequence[AddressRuling], now: float) -> float | None:
    """Return when the rule on trial ends by itself; None where none is running."""
    return next((rule.until for rule in rules if rule.until is not None and now < rule.until), None)
