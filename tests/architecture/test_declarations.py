"""Whatever can be asked for says to whom it belongs: a new route, command, task or admin page without a rule is red."""

import inspect
from uuid import UUID

import pytest
from celery import current_app
from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, get_resolver, path
from pydantic import BaseModel

from chat import routing
from chat.consumers.agent import AgentConsumer
from chat.consumers.visitor import VisitorConsumer
from compliance import registry
from tenants.http import member_required
from tenants.models import TenantModel
from tenants.roles import Capability
from tenants.tasks_base import TenantTask
from tenants.tenancy import NO_IDS, PATH_KINDS, UndeclaredIdError, Who, organisation, route, rule_of

COMMANDS = sorted(
    {command for consumer in (AgentConsumer, VisitorConsumer) for command in consumer.commands.values()}, key=str
)


def routes(patterns=None, before=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        else:
            yield from routes(pattern.url_patterns, address)


def undeclared(patterns=None):
    return [address for address, pattern in routes(patterns) if rule_of(pattern) is None]


def test_every_route_declares_to_whom_it_belongs():
    assert undeclared() == []
    assert len(list(routes())) > 60


def test_a_route_without_a_rule_would_be_seen():
    assert undeclared([path("new/", lambda _: None)]) == ["new/"]


def test_every_id_in_a_path_is_of_a_known_kind():
    for address, pattern in routes():
        names = set(pattern.pattern.regex.groupindex) | set(getattr(pattern.pattern, "converters", {}))
        assert names <= PATH_KINDS.keys() | NO_IDS, address


def test_a_path_with_an_id_of_no_known_kind_is_refused():
    with pytest.raises(UndeclaredIdError, match="invoice_id"):
        route("o/<slug:slug>/invoices/<uuid:invoice_id>/", lambda _: None, organisation())


def test_what_a_route_declares_is_what_its_view_asks_for():
    checked = 0
    for address, pattern in routes():
        rule = rule_of(pattern)
        if rule.who is Who.ORGANISATION:
            assert pattern.callback.capability == rule.capability, address
            assert address.startswith("o/<slug:slug>/"), address
            checked += 1
        else:
            assert not hasattr(pattern.callback, "capability"), address
    assert checked > 25


def test_a_view_tells_the_capability_it_asks_for():
    view = member_required(Capability.READ_AUDIT)(lambda _: None)

    assert view.capability == Capability.READ_AUDIT


def test_every_socket_declares_to_whom_it_belongs():
    *sockets, refused = routing.websocket_urlpatterns

    assert all(rule_of(pattern) is not None for pattern in sockets)
    assert refused.callback is routing.refuse


def ids_of(model, before=""):
    """Every field of a command that holds a UUID, those inside lists too."""
    for name, field in model.model_fields.items():
        inner = [one for one in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(one, type)]
        if any(issubclass(one, UUID) for one in inner):
            yield before + name
        for one in inner:
            if issubclass(one, BaseModel):
                yield from ids_of(one, f"{before}{name}.")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_declares_where_ids_stand(command):
    assert command.ids is not None
    assert set(ids_of(command)) - {"client_id"} == set(command.ids)


def test_every_tenant_task_declares_the_ids_among_its_arguments():
    current_app.loader.import_default_modules()
    tasks = [task for name, task in current_app.tasks.items() if isinstance(task, TenantTask) and "tests." not in name]

    assert len(tasks) >= 2
    for task in tasks:
        parameters = inspect.signature(task.run).parameters.values()
        named = {one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD} - {"tenant"}
        assert named == set(task.ids), task.name


def test_every_class_of_the_admin_declares_what_it_shows():
    for model, model_admin in admin.site._registry.items():
        of_tenant = any(field.attname == "tenant_id" for field in model._meta.fields)
        assert model_admin.tenancy.who is Who.OPERATOR, model
        assert model_admin.tenancy.one_organisation == of_tenant, model


def test_what_the_record_stores_hold_is_all_that_belongs_to_conversations():
    held = {model for store in registry.stores() for model in store.holds}
    of_chat = {model for model in apps.get_app_config("chat").get_models() if issubclass(model, TenantModel)}

    # Set up by the organisation itself, and erased when it is closed.
    assert {model.__name__ for model in of_chat - held} == {
        "Inbox", "CannedResponse", "PreChatField", "FormKey", "FormTemplate", "FormEndpoint", "EndpointKey",
        "PaymentAccount", "IdentityKey", "Team", "TeamMember", "BusinessHours", "ClosedDay",
    }  # fmt: skip
