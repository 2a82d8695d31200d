"""Bases of the operators' admin classes: what is only read, and what leaves no log of the admin's own."""

from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[M]
else:

    class _Base(admin.ModelAdmin):
        """Takes the type argument that the stubs know."""

        def __class_getitem__(cls, _: Any) -> type:
            return cls


class UnloggedAdmin(_Base[M]):
    """Writes nothing to the admin's log: what operators do is audited by the action that does it."""

    # No bulk deletion, nor any other act that does not go through an action function.
    actions = None
    show_facets = admin.ShowFacets.NEVER

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        return None

    def log_change(self, *args: Any, **kwargs: Any) -> None:
        return None

    def log_deletions(self, *args: Any, **kwargs: Any) -> None:
        return None

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(UnloggedAdmin[M]):
    """Rows are looked at and never changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in self.sealed]

    #: Fields that no page may show.
    sealed: Final[tuple[str, ...]] = ()
