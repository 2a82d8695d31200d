"""Forms of the pages of masking. What they hold is checked again by the actions."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from compliance.masking import AGENT, ENTITIES, VISITOR, Level
from compliance.masking.custom import MAX_SOURCE_LENGTH
from compliance.masking.policy import REGIONS
from compliance.masking_choice.words import LEVEL_WORDS

MAX_TRIED: Final = 8192
MAX_SAMPLE: Final = 20_000
MAX_NAME: Final = 30
LEVEL: Final = "level-"
_CODE: Final = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "class": "mono"}


class LevelsForm(forms.Form):
    """A level per entity; those that are not sent stay as they are."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for entity in ENTITIES:
            self.fields[LEVEL + entity] = forms.ChoiceField(choices=list(LEVEL_WORDS.items()), required=False)

    @property
    def levels(self) -> dict[str, Level]:
        return {
            name.removeprefix(LEVEL): Level(value)
            for name, value in self.cleaned_data.items()
            if name.startswith(LEVEL) and value
        }


class RegionsForm(forms.Form):
    """The region packs that are on."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    regions = forms.MultipleChoiceField(choices=[(code, code) for code in sorted(REGIONS)], required=False)


class ExemptForm(forms.Form):
    """A form of the organisation's own ids."""

    source = forms.CharField(
        label="Pattern of your id",
        max_length=MAX_SOURCE_LENGTH,
        strip=True,
        help_text="Anchored, with a fixed beginning: ^ORD-[0-9]+$. It is compared with the whole word.",
        widget=forms.TextInput({**_CODE, "placeholder": "^ORD-[0-9]+$"}),
    )


class RuleForm(forms.Form):
    """A rule of the organisation's own, and texts to try it on."""

    name = forms.CharField(
        max_length=MAX_NAME,
        help_text="Plain letters and spaces. It stands in place of what is masked: [masked: employee id].",
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "employee id"}),
    )
    pattern = forms.CharField(
        max_length=MAX_SOURCE_LENGTH,
        help_text="A regular expression in the syntax of RE2. Letters are compared as they are written.",
        widget=forms.TextInput({**_CODE, "placeholder": "EMP-[0-9]{5}"}),
    )
    sample = forms.CharField(
        label="Messages to try it on",
        required=False,
        max_length=MAX_SAMPLE,
        help_text="One per line: some it should mask, some it should leave. Looked at once, never kept.",
        widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not (name.isascii() and name.replace(" ", "").isalpha()):
            raise ValidationError("Only plain letters and spaces.")
        return name

    @property
    def lines(self) -> list[str]:
        return str(self.cleaned_data["sample"]).splitlines()


class RuleNameForm(forms.Form):
    """Which rule."""

    name = forms.CharField(max_length=MAX_NAME)


class TryForm(forms.Form):
    """A text to be explained; nothing of it is kept."""

    text = forms.CharField(
        label="Text",
        max_length=MAX_TRIED,
        strip=False,
        help_text="Masked in memory and forgotten: it is not stored, logged or sent anywhere.",
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
    )
    by = forms.ChoiceField(
        label="Written by",
        choices=[(VISITOR, "The visitor"), (AGENT, "An agent")],
        initial=VISITOR,
        required=False,
        widget=forms.RadioSelect,
    )
    before = forms.CharField(
        label="What the other said before",
        max_length=MAX_TRIED,
        required=False,
        help_text="A question counts, such as “Your date of birth please?”",
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class BackForm(forms.Form):
    """Which revision to go back to; 0 is what the product comes with."""

    number = forms.IntegerField(min_value=0, max_value=2**31 - 1)
