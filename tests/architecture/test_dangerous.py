"""What is dangerous asks for a second factor given just now: the table is compared with the routes there are."""

import ast
import inspect

import pytest
from django.urls import URLPattern, get_resolver
from django.views.decorators.http import require_safe

from helpdesk.core.admin import ReadOnlyAdmin
from tenants.dangerous import DANGEROUS, HARMLESS
from tenants.roles import Capability
from tenants.tenancy import Who, organisation, route, rule_of
from tests.proofs.canaries.registry import methods_of

# Work with chats, each step of it in the conversation or the audit trail. What is dangerous among it is in the table.
EVERYDAY = frozenset(
    {
        Capability.READ_CONVERSATIONS,
        Capability.ANSWER_CONVERSATIONS,
        Capability.ASSIGN_CONVERSATIONS,
        Capability.BLOCK_VISITORS,
    }
)
# By which a view of the table asks for the factor itself.
ASKING = frozenset({"accept", "fresh_until"})


def routes(patterns=None, namespace=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", pattern
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern.url_patterns, namespace + inner)


def takes_posts(pattern):
    """Whether its view says of no methods, or of POST among them, that they may come."""
    return "POST" in (methods_of(pattern.callback) or ["POST"])


def is_closed(name, pattern):
    """Of the admin: what is refused to operators as well, or shows rows that have no acts."""
    model_admin = getattr(pattern.callback, "model_admin", None)
    if model_admin is None:
        return name in {"admin:", "admin:autocomplete"}
    end = name.rpartition("_")[2]
    if end == "changelist":
        return not model_admin.actions
    return end in {"add", "delete", "history"} or not name.strip("admin:") or (
        end == "change" and isinstance(model_admin, ReadOnlyAdmin)
    )  # fmt: skip


def managing(patterns=None):
    """The routes by which an account, an organisation or the service is changed."""
    for name, pattern in routes(patterns):
        rule = rule_of(pattern)
        managed = rule.who is Who.ORGANISATION and rule.capability not in EVERYDAY
        by_operators = rule.who is Who.OPERATOR and not is_closed(name, pattern)
        if takes_posts(pattern) and (managed or by_operators or rule.who is Who.ACCOUNT):
            yield name, pattern


def unjudged(patterns=None):
    return [name for name, _ in managing(patterns) if name not in DANGEROUS.keys() | HARMLESS.keys()]


def test_every_way_to_change_something_is_dangerous_or_harmless_for_a_reason():
    assert unjudged() == []
    assert len(list(managing())) > 60


def test_a_new_way_would_be_seen():
    new = route("o/<slug:slug>/new/", lambda _: None, organisation(Capability.MANAGE_KEYS), name="new")
    shown = route("o/<slug:slug>/", require_safe(lambda _: None), organisation(Capability.MANAGE_KEYS), name="shown")

    assert unjudged([new, shown]) == ["new"]


def test_the_table_names_routes_that_are_there_each_once():
    known = {name for name, _ in routes()}

    assert known >= DANGEROUS.keys() | HARMLESS.keys()
    assert not DANGEROUS.keys() & HARMLESS.keys()


@pytest.mark.parametrize("name", [name for name, act in DANGEROUS.items() if act.own_form])
def test_a_page_with_a_form_of_its_own_asks_for_the_factor_in_it(name):
    view = inspect.unwrap(dict(routes())[name].callback)
    module = ast.parse(inspect.getsource(inspect.getmodule(view)))
    bodies = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    by_it = called_in(bodies[view.__name__])

    assert ASKING & by_it.union(*(called_in(bodies[helper]) for helper in by_it & bodies.keys()))


def called_in(node):
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}
