from typing import Final

from django.db import migrations

from tenants.policy_floors import refuse_mode_cut_short, refuse_weak_choices, weak_values

WEAK: Final = (
    ("hipaa", "browser.outbox", "tab"),
    ("hipaa", "export.plaintext", "allowed"),
    ("hipaa", "factor.agents", "optional"),
    ("hipaa", "forms.health", "anyone"),
    ("hipaa", "forms.unread", "30"),
    ("hipaa", "identity.lasts", "120"),
    ("hipaa", "identity.lasts", "30"),
    ("hipaa", "identity.lasts", "60"),
    ("hipaa", "masking.profile", "default"),
    ("hipaa", "masking.profile", "pci"),
    ("hipaa", "member.unused", "0"),
    ("hipaa", "member.unused", "180"),
    ("hipaa", "member.unused", "365"),
    ("hipaa", "password.history", "1"),
    ("hipaa", "password.length", "10"),
    ("hipaa", "place.rule", "optional"),
    ("hipaa", "session.at_once", "0"),
    ("hipaa", "session.at_once", "10"),
    ("hipaa", "session.at_once", "5"),
    ("hipaa", "session.idle", "240"),
    ("hipaa", "session.idle", "30"),
    ("hipaa", "session.idle", "480"),
    ("hipaa", "session.idle", "60"),
    ("hipaa", "session.length", "168"),
    ("hipaa", "session.length", "24"),
    ("hipaa", "session.length", "720"),
    ("hipaa", "sign_in.lockout", "10/15"),
    ("hipaa", "support.access", "consent"),
    ("hipaa", "training.hipaa", "asked"),
    ("hipaa", "training.hipaa", "none"),
    ("hipaa", "visitor.consent", "law"),
    ("hipaa", "visitor.consent", "told"),
    ("hipaa", "visitor.links", "168"),
    ("pci", "browser.outbox", "tab"),
    ("pci", "export.plaintext", "allowed"),
    ("pci", "factor.agents", "optional"),
    ("pci", "factor.owners", "any"),
    ("pci", "forms.unread", "10"),
    ("pci", "forms.unread", "15"),
    ("pci", "forms.unread", "30"),
    ("pci", "identity.lasts", "120"),
    ("pci", "identity.lasts", "30"),
    ("pci", "identity.lasts", "60"),
    ("pci", "masking.profile", "default"),
    ("pci", "member.unused", "0"),
    ("pci", "member.unused", "180"),
    ("pci", "member.unused", "365"),
    ("pci", "password.composition", "free"),
    ("pci", "password.history", "1"),
    ("pci", "password.length", "10"),
    ("pci", "place.rule", "optional"),
    ("pci", "session.at_once", "0"),
    ("pci", "session.at_once", "10"),
    ("pci", "session.at_once", "5"),
    ("pci", "session.idle", "240"),
    ("pci", "session.idle", "30"),
    ("pci", "session.idle", "480"),
    ("pci", "session.idle", "60"),
    ("pci", "session.length", "168"),
    ("pci", "session.length", "24"),
    ("pci", "session.length", "720"),
    ("pci", "sign_in.lockout", "10/15"),
    ("pci", "support.access", "consent"),
    ("pci", "training.pci", "asked"),
    ("pci", "training.pci", "none"),
    ("pci", "visitor.links", "168"),
)


class Migration(migrations.Migration):
    """Refuse to store a choice below the floor of a mode that is not off, and that a mode is off out of turn."""

    dependencies = [("tenants", "0027_modes")]

    operations = [weak_values(WEAK), refuse_weak_choices(), refuse_mode_cut_short()]
