"""Weeks of business hours."""

import pytest

from chat.actions import hours as act
from chat.hours import DAY_MIN
from tenants.scoping import tenant_scope

NINE_TO_FIVE = [[[540, 1020]]] * 5 + [[], []]
CLOSED = [[]] * 7
ALWAYS = [[[0, DAY_MIN]]] * 7


@pytest.fixture
def hours(acme, olive, now):
    with tenant_scope(acme):
        return act.set_hours(zone="Europe/Berlin", week=NINE_TO_FIVE, actor=olive, now=now)
