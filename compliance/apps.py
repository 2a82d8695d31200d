from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """What is allowed, what is remembered, for how long."""

    name = "compliance"
