"""System checks with ids: a deployment with a bad combination of settings does not pass `check --deploy`."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

BUCKETS: Final = (("FILES_BUCKET", "FILES_BUCKET_ENDPOINT"), ("AUDIT_ANCHOR_BUCKET", "AUDIT_ANCHOR_ENDPOINT"))


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[CheckMessage]:
    """Look at settings that make a deployment unsafe."""
    return list(_findings())


def _findings() -> Iterator[CheckMessage]:
    if settings.DEMO:
        yield Error("The demo's pages must not be deployed.", id="helpdesk.E001", hint="Unset DEMO.")
    if not settings.SECURE_SSL_REDIRECT:
        yield Error(
            "Production needs TLS on every request.",
            id="helpdesk.E002",
            hint="Give SITE_URL as https:// (45 CFR 164.312(e)(1); PCI DSS 4.2.1).",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("Any host name would be answered.", id="helpdesk.E003", hint="Name the hosts in ALLOWED_HOSTS.")
    if len(settings.SECRET_KEY) < 50:
        yield Error("SECRET_KEY is short.", id="helpdesk.E004", hint="Use 50 random characters or more.")
    if not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "No proxy is trusted, so every client seems to come from the proxy's address.",
            id="helpdesk.W001",
            hint="Name your proxy's network in TRUSTED_PROXIES.",
        )
    if settings.CLIENT_CERTIFICATES and not settings.TRUSTED_PROXIES:
        yield Error(
            "Client certificates are believed of nobody.",
            id="helpdesk.E005",
            hint="Name the proxy that checks them in TRUSTED_PROXIES, or unset CLIENT_CERTIFICATES.",
        )
    yield from _of_forms()
    yield from _of_files()
    yield from _of_buckets()
    if not settings.OPERATOR_ADDRESSES:
        yield checks.Warning(
            "Operators may come to the admin from anywhere.",
            id="helpdesk.W003",
            hint="Name your own networks in OPERATOR_ADDRESSES.",
        )
    yield checks.Warning(
        "The key-encryption key is kept by this service itself; whoever loses it loses everything sealed under it.",
        id="helpdesk.W002",
        hint="Keep a copy apart: manage.py back_up_keys FILE.",
    )


def _of_forms() -> Iterator[CheckMessage]:
    """Secure forms: places that are theirs alone."""
    if settings.FORMS_REDIS_URL in {settings.REDIS_URL, *settings.MESSAGE_REDIS_URLS}:
        yield Error(
            "What visitors send by secure forms would wait where everything else is.",
            id="helpdesk.E006",
            hint="Give FORMS_REDIS_URL a Valkey of its own, without snapshots and without a log (PCI DSS 3.2.1).",
        )
    if len({settings.SITE_ORIGIN, settings.FORMS_ORIGIN, settings.VAULT_ORIGIN}) < 3:
        yield Error(
            "Secure forms and agents' keys need origins of their own.",
            id="helpdesk.E007",
            hint="Give FORMS_URL and VAULT_URL names that nothing else is served under.",
        )


def _of_files() -> Iterator[CheckMessage]:
    """Files that were sent in chats: an origin of their own, and a scanner."""
    others = {settings.SITE_ORIGIN, settings.FORMS_ORIGIN, settings.VAULT_ORIGIN}
    if settings.FILES_ORIGIN in others:
        yield Error(
            "What was sent in chats would be handed over where pages of ours are.",
            id="helpdesk.E008",
            hint="Give FILES_URL a name that nothing else is served under.",
        )
    if not settings.CLAMAV_URL:
        yield checks.Warning(
            "No virus scanner looks at files that are sent in chats: HIPAA and PCI mode refuse all, and PDFs wait.",
            id="helpdesk.W004",
            hint="Name a ClamAV daemon in CLAMAV_URL, as tcp://host:3310 or unix:///path.",
        )


def _of_buckets() -> Iterator[CheckMessage]:
    """Buckets of S3: each named whole, with what it takes to reach it, over a line nobody listens on."""
    for bucket, endpoint in BUCKETS:
        name, address = getattr(settings, bucket), getattr(settings, endpoint)
        if address and not name:
            yield Error(
                f"{endpoint} is given and {bucket} is not: nothing would go there.",
                id="helpdesk.E009",
                hint=f"Name the bucket in {bucket}, or unset {endpoint}.",
            )
        if name and find_spec("boto3") is None:
            yield Error(
                f"{bucket} is given, and what it takes to speak with S3 is not installed.",
                id="helpdesk.E010",
                hint="pip install -r deploy/requirements.txt; the image has it.",
            )
        if name and address and urlsplit(address).scheme != "https":
            yield checks.Warning(
                f"{endpoint} is reached without TLS.",
                id="helpdesk.W005",
                hint="What lies there is sealed or signed; who listens still learns what is kept when (PCI DSS 4.2.1).",
            )
        if name and not address and not settings.AWS_REGION:
            yield Error(
                f"{bucket} is given, and nothing says where it is.",
                id="helpdesk.E011",
                hint=f"Give AWS_REGION, or {endpoint} for what speaks S3 and is not AWS.",
            )
