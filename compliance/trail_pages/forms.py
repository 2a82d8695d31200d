"""What is looked for in the trail: when, who, what, to what. It stands in the address: ids, names of ours, days."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import Q

from compliance.audit_events import REGISTER, EventClass
from helpdesk.core.ids import ALPHABET
from tenants.actors import ActorKind
from tenants.models import Membership

CLASS: Final = "class:"
CLASSES: Final = {
    EventClass.DISCLOSURE: "Reading: what visitors wrote was shown",
    EventClass.CHANGE: "Changes",
    EventClass.ACCESS: "Signing in and devices",
    EventClass.SECURITY: "Security",
}
#: Days back from now, by the name in the address.
PERIODS: Final = {"1": "The last day", "7": "The last 7 days", "30": "The last 30 days", "365": "The last year"}
BAD_OBJECT: Final = "Give an id, or a short reference such as 4F2A-9C7K."
OTHERS: Final = {
    "operator": "Operators of Hushdesk", "visitor": "Visitors", "system": "Hushdesk itself", "member": "All members",
}  # fmt: skip


def label_of(event: str) -> str:
    """Return an event's name as people read it: `member.signed_in` as Member: signed in."""
    noun, _, verb = event.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}"


class TrailForm(forms.Form):
    """The filters."""

    period = forms.ChoiceField(label="When", required=False, choices=[("", "Any time"), *PERIODS.items()])
    since = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput({"type": "date"}))
    who = forms.ChoiceField(label="Who", required=False)
    what = forms.ChoiceField(label="What", required=False)
    object = forms.CharField(
        label="To what", required=False, max_length=36, strip=True,
        widget=forms.TextInput({"placeholder": "4F2A-9C7K", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: Any, members: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who: Any = self.fields["who"]
        people = [(str(member.id), member.user.name) for member in members]
        who.choices = [("", "Anyone"), ("Members", people), ("Others", list(OTHERS.items()))]
        what: Any = self.fields["what"]
        groups = [
            (words, [(f"{CLASS}{kind}", f"All: {words.lower()}"), *_events(kind)]) for kind, words in CLASSES.items()
        ]
        what.choices = [("", "Anything"), *groups]

    def clean_object(self) -> str:
        """Let pass an id, or a reference in one way to write it."""
        given = str(self.cleaned_data["object"])
        if not given:
            return ""
        try:
            return str(UUID(given))
        except ValueError:
            reference = given.upper().replace("-", "")
        if len(reference) != 8 or not {*reference} <= {*ALPHABET}:
            raise forms.ValidationError(BAD_OBJECT)
        return f"{reference[:4]}-{reference[4:]}"

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first.")
        return found

    def wanted(self, *, now: datetime) -> Q | None:
        """Return what the valid form looks for; None if that is everything."""
        found = _when(self.cleaned_data, now) & _who(self.cleaned_data["who"]) & _what(self.cleaned_data["what"])
        found &= _object(self.cleaned_data["object"])
        return found or None

    def chosen(self) -> dict[str, str]:
        """Return what is filled in, as it stands in the address."""
        if not self.is_valid():
            return {}
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def words_of(self, query: Mapping[str, str]) -> str:
        """Return in words what filters look for, as they stand in an address."""
        told = [self._words(name, value) for name, value in query.items() if name in self.fields]
        return " · ".join(told)

    def _words(self, name: str, value: str) -> str:
        if name in {"since", "until", "object"}:
            return {"since": "from ", "until": "to ", "object": "about "}[name] + value
        if name == "what" and value.startswith(CLASS):
            return str(dict(CLASSES).get(EventClass(value.removeprefix(CLASS)), value)).partition(":")[0]
        field: Any = self.fields[name]
        known = {key: words for group, inner in field.choices for key, words in _flat(group, inner)}
        # Who has left, or an event that is no more.
        return str(known.get(value, value))


def _flat(key: Any, words: Any) -> list[tuple[str, str]]:
    return list(words) if isinstance(words, list | tuple) else [(key, words)]


def _events(kind: EventClass) -> list[tuple[str, str]]:
    return sorted(((name, label_of(name)) for name, found in REGISTER.items() if found == kind), key=lambda one: one[1])


def _when(given: dict[str, Any], now: datetime) -> Q:
    found = Q()
    if given["period"]:
        found &= Q(at__gte=now - timedelta(days=int(given["period"])))
    if given["since"]:
        found &= Q(at__gte=datetime.combine(given["since"], time(), UTC))
    if given["until"]:
        found &= Q(at__lt=datetime.combine(given["until"] + timedelta(days=1), time(), UTC))
    return found


def _who(given: str) -> Q:
    if not given:
        return Q()
    return Q(actor_kind=given) if given in OTHERS else Q(actor_kind=ActorKind.MEMBER, actor_id=given)


def _what(given: str) -> Q:
    if not given.startswith(CLASS):
        return Q(event=given) if given else Q()
    return Q(event__in=[name for name, kind in REGISTER.items() if kind == given.removeprefix(CLASS)])


def _object(given: str) -> Q:
    """An id, or the 40 bits at the end of one, which a reference is."""
    if not given:
        return Q()
    if len(given) > 9:
        return Q(object_id=given)
    bits = 0
    for letter in given.replace("-", ""):
        bits = bits << 5 | ALPHABET.index(letter)
    return Q(object_text__endswith=f"{bits:010x}")
