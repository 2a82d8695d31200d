from django.db import migrations

from tenants.rls import let_operator, protect

#: Why a hold was placed is no operator's business.
WITHOUT_THE_REASON = (
    "id", "tenant_id", "kind", "target_id", "query", "masked_with", "placed_by_id", "placed_at", "release_asked_by_id",
    "release_asked_at", "released_by_id", "released_at",
)  # fmt: skip


class Migration(migrations.Migration):
    """Fence legal holds; operators see that there are some, without reasons."""

    dependencies = [("compliance", "0024_legal_holds")]

    operations = [
        protect(
            "compliance_legalhold",
            references={
                "placed_by_id": "tenants_membership",
                "release_asked_by_id": "tenants_membership",
                "released_by_id": "tenants_membership",
            },
        ),
        let_operator("compliance_legalhold", select=WITHOUT_THE_REASON),
    ]
