"""The policy table: what each setting is by default, and the floor that a mode puts under it.

A setting is one row; what enforces it asks `tenants.policies`. The floors of masking, which speak of entities, stand in
`compliance.modes`.
"""

from collections.abc import Mapping
from typing import Final

from tenants.policy_rows import chats, giving, people, sign_in
from tenants.policy_rows.row import Policy

POLICIES: Final[Mapping[str, Policy]] = {
    policy.key: policy for policy in (*chats.ROWS, *sign_in.ROWS, *giving.ROWS, *people.ROWS)
}
