"""The scope of each manager: probed by ORM calls, with the floors of all tables open."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from django.db import models

from tenants.keyring.scope import keys_scope
from tenants.scoping import ScopeError, current_tenant_id, tenant_scope
from tests.proofs.isolation.models import KEY_MODELS, TENANT_MODELS
from tests.proofs.isolation.mutants.core import Mutant
from tests.proofs.isolation.sides import Side, World


def manager_mutants(world: World) -> list[Mutant]:
    """Each manager without its refusal, without its filter, and without both; each base manager a plain one."""
    found = []
    for model in (*TENANT_MODELS, *KEY_MODELS):
        raises, filters = partial(raises_unscoped, model), partial(shows_own_only, model, world)
        raises_following = partial(raises_following_unscoped, model)
        name = model.__name__
        found += [
            Mutant("manager", f"{name}: no scope", partial(replaced, model, _everything), [filters]),
            Mutant("manager", f"{name}: no refusal", partial(replaced, model, _forgiving), [raises]),
            Mutant("manager", f"{name}: no filter", partial(replaced, model, _unfiltered), [filters]),
            Mutant("manager", f"{name}: plain base manager", partial(plain_base, model), [raises_following]),
        ]
    return found


def raises_unscoped(model: Any) -> bool:
    try:
        model.objects.all()
    except ScopeError:
        return True
    return False


def raises_following_unscoped(model: Any) -> bool:
    """Django's own look-ups go by the base manager."""
    try:
        model._base_manager.all()
    except ScopeError:
        return True
    return False


def shows_own_only(model: Any, world: World) -> bool:
    with scope_of(model, world.globex):
        foreign = model.objects.filter(id=world.acme.rows[model._meta.label]).exists()
        tenants = set(model.objects.values_list("tenant_id", flat=True))
    return not foreign and tenants == {world.globex.tenant.id}


def scope_of(model: Any, side: Side) -> AbstractContextManager[Any]:
    return keys_scope(side.tenant.id) if model in KEY_MODELS else tenant_scope(side.tenant)


def _everything(model: Any) -> Any:
    return models.QuerySet(model, using="keys" if model in KEY_MODELS else None)


def _forgiving(model: Any) -> Any:
    return _everything(model).none()


def _unfiltered(model: Any) -> Any:
    if model not in KEY_MODELS:
        current_tenant_id()
    return _everything(model)


@contextmanager
def replaced(model: Any, queryset: Any) -> Iterator[None]:
    with patch.object(model.objects, "get_queryset", lambda: queryset(model)):
        yield


@contextmanager
def plain_base(model: Any) -> Iterator[None]:
    plain: Any = models.Manager()
    plain.model, plain.name = model, "plain"
    with patch.dict(model._meta.__dict__, {"base_manager": plain}):
        yield
