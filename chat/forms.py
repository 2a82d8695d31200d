"""Plain forms of the workspace: canned responses, subject, what the widget asks."""

from typing import Final

from django import forms

from chat.models import PreChatKind
from chat.models.canned_response import MAX_SHORTCUT, MAX_TEXT
from chat.models.conversation import MAX_SUBJECT
from chat.models.pre_chat import MAX_LABEL
from chat.models.team import MAX_TEAM_NAME
from tenants.forms.fields import NameField

# What a form says when the masker could not finish: what was typed stays where it is.
BEING_CHECKED: Final = "We could not check this text just now, so nothing was saved. Please try again in a moment."
HOW: Final = (("off", "Do not ask"), ("optional", "Ask, may be left out"), ("required", "Ask, must be answered"))


class TeamForm(forms.Form):
    """A team's name, which is kept readable."""

    name = NameField(label="Name", max_length=MAX_TEAM_NAME, widget=forms.TextInput({"autocomplete": "off"}))


class CannedResponseForm(forms.Form):
    """A reply and its short name."""

    shortcut = forms.CharField(
        label="Short name",
        max_length=MAX_SHORTCUT + 1,
        help_text="Small letters, digits and hyphens, as in opening-hours. Agents type / and its beginning.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label="Reply",
        max_length=MAX_TEXT,
        help_text="Card numbers and the like are masked before it is kept.",
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )


class SubjectForm(forms.Form):
    """What agents call a conversation; empty takes it away."""

    subject = forms.CharField(
        required=False, max_length=MAX_SUBJECT, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class TypedFieldsForm(forms.Form):
    """Which of the usual things are asked before the first message."""

    name = forms.ChoiceField(label=PreChatKind.NAME.label, choices=HOW)
    email = forms.ChoiceField(label=PreChatKind.EMAIL.label, choices=HOW)
    phone = forms.ChoiceField(label=PreChatKind.PHONE.label, choices=HOW)


class QuestionForm(forms.Form):
    """A question of the organisation's own."""

    label = forms.CharField(
        label="Your question", max_length=MAX_LABEL, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    is_required = forms.BooleanField(label="It must be answered", required=False)
