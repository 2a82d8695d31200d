from typing import Final

from django.db import migrations

REFUSE: Final = """
    CREATE FUNCTION refuse_long_retention() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
    AS $body$
    BEGIN
        IF NEW.keep_days > 365
            AND EXISTS (SELECT FROM tenants_tenant WHERE id = NEW.tenant_id AND pci_state <> 'off')
        THEN
            RAISE EXCEPTION 'PCI mode keeps chats for a year at most'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'retention_not_above_mode';
        END IF;
        RETURN NEW;
    END
    $body$
"""
ON_WRITE: Final = (
    "CREATE TRIGGER not_above_mode BEFORE INSERT OR UPDATE OF tenant_id, keep_days ON compliance_retentionpolicy "
    "FOR EACH ROW EXECUTE FUNCTION refuse_long_retention()"
)


class Migration(migrations.Migration):
    """Refuse to store that chats are kept for longer than PCI mode lets them, which is not off."""

    dependencies = [("compliance", "0028_modes_isolation")]

    operations = [
        migrations.RunSQL(
            (REFUSE, ON_WRITE),
            (
                "DROP TRIGGER not_above_mode ON compliance_retentionpolicy",
                "DROP FUNCTION refuse_long_retention()",
            ),
        )
    ]
