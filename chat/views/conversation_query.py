"""The fields by which conversations are searched that a hold or an incident is about."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms

from chat.holds import HoldQuery
from chat.models import Inbox
from tenants.models import Membership


class ConversationQueryForm(forms.Form):
    """Which conversations: by their days, their entry or a member."""

    SEARCH: ClassVar = ("began_from", "began_until", "inbox", "member")
    began_from = forms.DateField(label="Begun on or after", required=False, widget=forms.DateInput({"type": "date"}))
    began_until = forms.DateField(label="Begun on or before", required=False, widget=forms.DateInput({"type": "date"}))
    inbox = forms.TypedChoiceField(label="At the entry", required=False, coerce=UUID, empty_value=None)
    member = forms.TypedChoiceField(
        label="Held or answered at any time by", required=False, coerce=UUID, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inboxes = Inbox.objects.order_by("name", "id").values_list("id", "name")
        members = Membership.objects.order_by("user__name", "id").values_list("id", "user__name")
        for name, rows in (("inbox", inboxes), ("member", members)):
            self.fields[name].choices = [("", "Any"), *rows]  # type: ignore[attr-defined]

    def query(self) -> HoldQuery:
        """Return the search that was typed."""
        given = self.cleaned_data
        return HoldQuery(given["began_from"], given["began_until"], given["inbox"], given["member"])
