from django.apps import AppConfig


class KeyringConfig(AppConfig):
    """Wrapped keys, behind the `keys` database, so that they are backed up apart from content."""

    name = "tenants.keyring"
    label = "keyring"
    verbose_name = "Keys"
