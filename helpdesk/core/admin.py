"""Bases of the operators' admin classes: what is only read, and what leaves no log of the admin's own."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

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
    actions: Any = None
    show_facets = admin.ShowFacets.NEVER

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[M]) -> Any:
        return None

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise PermissionDenied

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(UnloggedAdmin[M]):
    """Rows are looked at and never changed."""

    #: Fields that no page may show.
    sealed: tuple[str, ...] = ()
    #: Fields that the operators' role of the database cannot read: none of its business, whoever asks.
    withheld: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return super().get_queryset(request).defer(*self.withheld)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if self.fields is not None:
            return [str(name) for name in self.fields]
        return [field.name for field in self.opts.fields if field.name not in (*self.sealed, *self.withheld)]
