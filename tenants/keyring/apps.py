from django.apps import AppConfig


class KeyringConfig(AppConfig):
    """Wrapped keys, behind the `keys` database, so that they are backed up apart from content."""

    name = "tenants.keyring"
    label = "keyring"
    verbose_name = "Keys"

    def ready(self) -> None:
        """Contact keys are what the content key wraps; the apps above register what they seal."""
        from tenants.keyring import uses
        from tenants.keyring.models import Purpose
        from tenants.keyring.rewrapping import ContactKeys

        uses.register(Purpose.CONTENT.value, ContactKeys())
