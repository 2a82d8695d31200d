"""What a name is counted by."""

import hashlib
import hmac
from typing import Any

from django.conf import settings

from tenants.addresses import BadAddressError, normal_email


def failure_key(email: str, unlocked_by: str = "") -> str:
    """Return what failed sign-ins are counted by: a keyed hash, so that the count holds no address.

    Args:
        email: The address, in its normal form.
        unlocked_by: What a browser that came by a mailed link counts by, apart from everyone else's failures.
    """
    told = f"sign-in|{email.lower()}" + (f"|{unlocked_by}" if unlocked_by else "")
    return hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()


def email_of(credentials: dict[str, Any] | None) -> str | None:
    """Return the address that credentials are for, in its normal form; None where it is none.

    Django names it `username`; django-axes, before the password is looked at, as the model does.
    """
    given = credentials or {}
    try:
        return normal_email(str(given.get("username") or given.get("email") or ""))
    except BadAddressError:
        return None
