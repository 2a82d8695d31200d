from typing import Final

from django.db import models
from django.db.models import BooleanField, F, Func, IntegerField, Q, Value
from django.db.models.lookups import LessThanOrEqual

from compliance.masking import CARD_CLASS
from compliance.masking.custom import MAX_RULES
from tenants.actors import ActorKind
from tenants.models import TenantModel

MAX_EXEMPT: Final = 50
_LEVELS: Final = '$.* ? (@.type() != "string" || !(@ == "off" || @ == "balanced" || @ == "strict"))'
# What `compliance.masking_choice` admits, as far as a pattern can say it.
_LOOSE_EXEMPT: Final = (
    '$[*] ? (@.type() != "string" || !(@ starts with "^")'
    ' || !(@ like_regex "^.[A-Za-z][A-Za-z/#_-][^?*{]") || !(@ like_regex "[$]$")'
    ' || @ like_regex "[|]|[(][?]")'
)


def _has(field: str, path: str) -> Q:
    """Whether a path of SQL/JSON finds something."""
    return Q(Func(F(field), Value(path), function="jsonb_path_exists", output_field=BooleanField()))


def _at_most(field: str, most: int) -> Q:
    """Whether a list is one, and short enough."""
    length = Func(F(field), function="jsonb_array_length", output_field=IntegerField())
    return Q(LessThanOrEqual(length, most))


def _card_class_off() -> Q:
    off = Q()
    for entity in sorted(CARD_CLASS):
        off |= Q(levels__contains={entity: "off"})
    return off


class MaskingRevision(TenantModel):
    """One state of what an organisation has chosen to mask; the one with the highest number holds.

    A row is never changed: a change is the next number, and going back is the next number too. What is in force is
    this, lifted to the floors of the modes, by `compliance.masking_policies` alone.
    """

    number = models.PositiveIntegerField(help_text="From 1, in the order they came into force.")
    levels = models.JSONField(default=dict, help_text="Entity to level, where it is not the product's own.")
    regions_off = models.JSONField(default=list, help_text="Region packs that are switched off.")
    exempt = models.JSONField(default=list, help_text="Patterns of the organisation's own ids.")
    rules = models.JSONField(default=list, help_text="Own rules: name, pattern, and whether it is on.")
    restores = models.PositiveIntegerField(null=True, blank=True, help_text="The number that was gone back to.")
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "number"), name="masking_revision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="masking_revision_number_from_1"),
            models.CheckConstraint(condition=~_card_class_off(), name="masking_revision_cards_on"),
            models.CheckConstraint(condition=~_has("levels", _LEVELS), name="masking_revision_levels_known"),
            models.CheckConstraint(condition=~_has("exempt", _LOOSE_EXEMPT), name="masking_revision_exempt_tight"),
            models.CheckConstraint(condition=_at_most("exempt", MAX_EXEMPT), name="masking_revision_exempt_few"),
            models.CheckConstraint(condition=_at_most("rules", MAX_RULES), name="masking_revision_rules_few"),
        ]
