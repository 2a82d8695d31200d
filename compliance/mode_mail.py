"""Mail to every owner about each step of a mode: that it was taken, and where to look."""

from typing import Final

from tenants.mail import Mail
from tenants.mail_owners import mail_owners
from tenants.models import Tenant
from tenants.policy_rows.row import MODES, Mode

SAYS: Final = {
    "enabling": "is being switched on. What it asks for holds from now on; stored chats are scanned again",
    "on": "is on. Its certificate can be downloaded",
    "disabling": "is to be switched off. Another person has to agree, and a day has to pass; until then it can be kept",
    "agreed": "is switched off in 24 hours, as two people have agreed. Until then each owner can keep it",
    "kept": "stays: that it was to be switched off was taken back",
    "off": "is off. What it asked for no longer holds; what was masked stays masked",
    "lapsed": "stays: nobody agreed within a week that it be switched off",
}


def tell_owners(tenant: Tenant, mode: Mode, what: str) -> None:
    """Send it, outside every transaction; what cannot be sent takes nothing back."""
    mail_owners(tenant, Mail.MODE, page="compliance:modes", mode=MODES[mode], says=SAYS[what])
