"""A notice, and how visitors are told."""

from typing import Any

from django import forms

from compliance.models import LawRegion
from compliance.models.notice import MAX_BODY, MAX_WAYS
from tenants.models import Tenant
from tenants.policies import effective
from tenants.policy_names import CONSENT
from tenants.policy_table import POLICIES


class NoticeForm(forms.Form):
    """The text of a region and a language."""

    body = forms.CharField(
        label="Text",
        max_length=MAX_BODY,
        widget=forms.Textarea({"rows": 18, "spellcheck": "true"}),
        help_text="The first paragraph is the title; an empty line begins a new one. {organisation}, {place} and "
        "{kept} stand for your name, where chats are stored, and for how long.",
    )


class NoticeSettingForm(forms.Form):
    """Whose law, who is asked to agree, and how else to reach the organisation."""

    consent = forms.ChoiceField(label="Before the first message, the notice is", widget=forms.RadioSelect())
    region = forms.ChoiceField(
        label="Which text a visitor sees",
        required=False,
        choices=[("", "By their browser's time zone and languages; the stricter one in doubt"), *LawRegion.choices],
        help_text="Choose one if all your visitors are under one law. Their address is never looked up.",
    )
    other_ways = forms.CharField(
        label="How else to reach you",
        required=False,
        max_length=MAX_WAYS,
        widget=forms.Textarea({"rows": 2}),
        help_text="For who does not agree: a telephone number, an address, your opening hours.",
    )

    def __init__(self, tenant: Tenant, chosen: str | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy, in_force = POLICIES[CONSENT], effective(tenant, CONSENT, chosen=chosen)
        least = policy.strictness(effective(tenant, CONSENT, chosen=next(iter(policy.values))).value)
        field = self.fields["consent"]
        field.choices = [  # type: ignore[attr-defined]
            (value, words) for value, words in policy.values.items() if policy.strictness(value) >= least
        ]
        field.initial = in_force.value
        field.held = in_force  # type: ignore[attr-defined]  # what its template part shows
