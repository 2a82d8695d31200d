import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Rule sets of masking, how they are tried, and what re-scans of stored chats have done."""

    dependencies = [
        ("compliance", "0002_operators"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="RuleSet",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "fingerprint",
                            models.CharField(help_text="Hash of rules, detectors and policy.", max_length=64),
                        ),
                        (
                            "rules",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Id and hash of the rules, detectors included.",
                                max_length=64,
                            ),
                        ),
                        (
                            "revision",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Of the organisation's policy."
                            ),
                        ),
                        ("profile", models.CharField(max_length=16)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "number"), name="rule_set_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)), name="rule_set_number_from_1"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JobRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("purge", "Retention purge"),
                                    ("rescan", "Masking re-scan"),
                                    ("dryrun", "Dry run of masking rules"),
                                    ("shadow", "Shadow count of masking rules"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Running"),
                                    ("paused", "Paused"),
                                    ("done", "Done"),
                                    ("stopped", "Stopped"),
                                ],
                                default="running",
                                max_length=8,
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                blank=True,
                                choices=[("keys", "Waiting for the key provider")],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("rule_set_number", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "cursor_store",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="Whose rows.", max_length=40
                            ),
                        ),
                        (
                            "cursor",
                            models.UUIDField(blank=True, help_text="Last row, or conversation, dealt with.", null=True),
                        ),
                        (
                            "cursor_number",
                            models.PositiveIntegerField(
                                blank=True, help_text="Sequence of the last message dealt with.", null=True
                            ),
                        ),
                        (
                            "passes",
                            models.PositiveSmallIntegerField(
                                db_default=1, default=1, help_text="What fails is tried again."
                            ),
                        ),
                        (
                            "total",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="How many texts there were to look at."
                            ),
                        ),
                        ("looked_at", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        (
                            "failed",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="The masker could not finish them."
                            ),
                        ),
                        ("counts", models.JSONField(default=dict, help_text="Per kind: how many.")),
                        (
                            "worked_ms",
                            models.PositiveBigIntegerField(
                                db_default=0, default=0, help_text="Pauses for live chats included."
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("moved_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "kind", "-started_at"], name="job_run_recent")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("running", "paused"))),
                                fields=("tenant", "kind"),
                                name="job_run_one_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RuleSetProposal",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[("release", "New release of Hushdesk"), ("policy", "Change of your policy")],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("counting", "Counting"),
                                    ("counted", "Counted"),
                                    ("shadow", "Counting on live chats"),
                                    ("active", "Activated"),
                                    ("dropped", "Dropped"),
                                ],
                                default="counting",
                                max_length=8,
                            ),
                        ),
                        (
                            "fingerprint",
                            models.CharField(help_text="Hash of rules, detectors and policy.", max_length=64),
                        ),
                        (
                            "rules",
                            models.CharField(help_text="Id and hash of the rules of the release.", max_length=64),
                        ),
                        ("revision", models.PositiveIntegerField(help_text="Of the organisation's policy.")),
                        (
                            "decided",
                            models.JSONField(
                                default=dict, help_text="What the proposed policy decides; empty for a release."
                            ),
                        ),
                        (
                            "number",
                            models.PositiveIntegerField(
                                blank=True, help_text="Of the rule set, once it has one.", null=True
                            ),
                        ),
                        (
                            "dry_run",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.jobrun",
                            ),
                        ),
                        (
                            "shadow_run",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.jobrun",
                            ),
                        ),
                        (
                            "by_kind",
                            models.CharField(
                                choices=[
                                    ("member", "Member"),
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("by_id", models.UUIDField(blank=True, null=True)),
                        ("proposed_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("counting", "counted", "shadow"))),
                                fields=("tenant",),
                                name="rule_set_proposal_one_open",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MaskingRevision",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="From 1, in the order they came into force.")),
                        (
                            "levels",
                            models.JSONField(
                                default=dict, help_text="Entity to level, where it is not the product's own."
                            ),
                        ),
                        (
                            "regions_off",
                            models.JSONField(default=list, help_text="Region packs that are switched off."),
                        ),
                        ("exempt", models.JSONField(default=list, help_text="Patterns of the organisation's own ids.")),
                        (
                            "rules",
                            models.JSONField(default=list, help_text="Own rules: name, pattern, and whether it is on."),
                        ),
                        (
                            "restores",
                            models.PositiveIntegerField(
                                blank=True, help_text="The number that was gone back to.", null=True
                            ),
                        ),
                        (
                            "actor_kind",
                            models.CharField(
                                choices=[
                                    ("member", "Member"),
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("actor_id", models.UUIDField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "number"), name="masking_revision_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)), name="masking_revision_number_from_1"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("levels__contains", {"CARD": "off"}),
                                    ("levels__contains", {"CVV": "off"}),
                                    ("levels__contains", {"EXPIRY": "off"}),
                                    ("levels__contains", {"PIN": "off"}),
                                    ("levels__contains", {"TRACK": "off"}),
                                    _connector="OR",
                                    _negated=True,
                                ),
                                name="masking_revision_cards_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Func(
                                        models.F("levels"),
                                        models.Value(
                                            '$.* ? (@.type() != "string" || !(@ == "off" || @ == "balanced" || @ == "strict"))'
                                        ),
                                        function="jsonb_path_exists",
                                        output_field=models.BooleanField(),
                                    ),
                                    _negated=True,
                                ),
                                name="masking_revision_levels_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Func(
                                        models.F("exempt"),
                                        models.Value(
                                            '$[*] ? (@.type() != "string" || !(@ starts with "^") || !(@ like_regex "^.[A-Za-z][A-Za-z/#_-][^?*{]") || !(@ like_regex "[$]$") || @ like_regex "[|]|[(][?]")'
                                        ),
                                        function="jsonb_path_exists",
                                        output_field=models.BooleanField(),
                                    ),
                                    _negated=True,
                                ),
                                name="masking_revision_exempt_tight",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.LessThanOrEqual(
                                        models.Func(
                                            models.F("exempt"),
                                            function="jsonb_array_length",
                                            output_field=models.IntegerField(),
                                        ),
                                        50,
                                    )
                                ),
                                name="masking_revision_exempt_few",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.LessThanOrEqual(
                                        models.Func(
                                            models.F("rules"),
                                            function="jsonb_array_length",
                                            output_field=models.IntegerField(),
                                        ),
                                        50,
                                    )
                                ),
                                name="masking_revision_rules_few",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
