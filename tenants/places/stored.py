"""The address rules of the organisation in scope, as they are judged by."""

from tenants.models import AddressRule
from tenants.places.rule import AddressRuling


def rulings() -> list[AddressRuling]:
    """Return the one that stands, and the one on trial if there is one, lapsed or not."""
    return [ruling_of(rule) for rule in AddressRule.objects.order_by("state")]


def ruling_of(rule: AddressRule) -> AddressRuling:
    """Return a row as it is judged by."""
    until = None if rule.until is None else rule.until.timestamp()
    networks = tuple((str(network), str(role)) for network, role in rule.networks)
    return AddressRuling(rule.is_on, frozenset(rule.roles), networks, until)
