"""Allowances that are used up, and mail that does not go."""

import pytest

PEOPLE = "/o/acme/settings/people/"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)
