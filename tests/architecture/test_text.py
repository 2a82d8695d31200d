"""Texts are stored only masked and sealed: a column that could hold one otherwise is red, until its reason is named."""

from typing import Final

import pytest
from django.apps import apps
from django.db import models

from chat.models import CannedResponse, Conversation, PreChatField
from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS, OF_PEOPLE
from compliance.masking import MaskingPolicy, mask
from compliance.sealed_text import SealedText, SealedTextField, UnmaskedTextError, seal_masked

OUR_APPS: Final = {"tenants", "compliance", "chat", "keyring"}
# What can hold words. Columns with a fixed list of choices can't.
WORDS: Final = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)

# Columns that can hold words and are neither masked nor sealed as a text, each with its reason.
PLAIN: Final = {
    "chat.Attachment.key": "the envelope of a key; moved to a new key of the contact by a use of its own",
    "chat.Attachment.why": "a name out of the code",
    "chat.BusinessHours.week": "numbers of minutes",
    "chat.BusinessHours.zone": "a name of the time zone database",
    "chat.CannedResponse.shortcut": "letters and at most four digits, held by the database",
    "chat.ClosedDay.name": "shown to members; a name that holds a card number is refused",
    "chat.ConsentReceipt.language": "a name out of the code",
    "chat.ConsentReceipt.region": "a name out of the code",
    "chat.ConsentReceipt.text_hash": "a hash",
    "chat.Contact.email_token": "a keyed hash, to be found by",
    "chat.Contact.phone_token": "a keyed hash, to be found by",
    "chat.Contact.subject_token": "a keyed hash, to be found by",
    "chat.DataArchive.key": "the envelope of a key; moved to a new key of the contact by a use of its own",
    "chat.DataArchive.sha256": "a hash",
    "chat.EndpointKey.fingerprint": "a hash",
    "chat.EndpointKey.point": "the public half of a key",
    "chat.Finding.detector": "a name out of the code",
    "chat.Finding.entity": "a name out of the code",
    "chat.Finding.last_four": "four digits of a card at most, held by the database (PCI DSS 3.4.1)",
    "chat.FormEndpoint.address": "an address of a system; one that holds a card number is refused",
    "chat.FormEndpoint.signing_point": "the public half of a key",
    "chat.FormEndpoint.signing_seed": "a key, sealed",
    "chat.FormKey.browser": "two names out of our own lists",
    "chat.FormKey.fingerprint": "a hash",
    "chat.FormKey.point": "the public half of a key",
    "chat.FormRequest.fields": "as FormTemplate.fields; never a value",
    "chat.FormRequest.last_four": "four digits of a card at most, held by the database (PCI DSS 3.4.1)",
    "chat.FormRequest.pay_session": "the payment provider's name of its page, of a shape that is checked",
    "chat.FormRequest.token": "the payment provider's name of a card, of a shape that is checked",
    "chat.FormRequest.looks": "a hash",
    "chat.FormRequest.name": "as FormTemplate.name",
    "chat.FormRequest.why": "a name out of the code",
    "chat.FormTemplate.fields": "labels for everyone to read; one that holds a card number is refused",
    "chat.FormTemplate.name": "for everyone to read; one that holds a card number is refused",
    "chat.IdentityKey.kid": "made by us, at random",
    "chat.IdentityKey.public": "the public half of a key",
    "chat.IdentityKey.secret": "a key, sealed",
    "chat.Inbox.greeting": "ours; nobody can change it yet",
    "chat.Inbox.name": "ours; nobody can change it yet",
    "chat.Inbox.seen_origin": "a site without path, only of those that the organisation names",
    "chat.Inbox.widget_key": "made by us, at random",
    "chat.MailedLink.address_token": "a keyed hash",
    "chat.MailedLink.code_hash": "a keyed hash of what we made at random",
    "chat.MailedLink.token_hash": "a hash of what we made at random",
    "chat.MaskingReport.after": "a shape: digits are nines, held by the database, and words are our own",
    "chat.MaskingReport.before": "a shape: digits are nines, held by the database, and words are our own",
    "chat.MaskingReport.detector": "a name out of the code",
    "chat.MaskingReport.entity": "a name out of the code",
    "chat.MaskingReport.value": "a shape of nines and a's, held by the database",
    "chat.MaskingReport.words": "words of our own lexicon",
    "chat.Message.body": "sealed by SealedMessage, which is made of a MaskedText alone (chat.delivery)",
    "chat.PaymentAccount.secret_key": "a key, sealed",
    "chat.PaymentAccount.webhook_secret": "a key, sealed",
    "chat.PreChatField.key": "made by us, at random",
    "chat.ProofRequest.address_token": "a keyed hash, to be compared",
    "chat.ProofRequest.code_hash": "a keyed hash of what we made at random",
    "chat.ProofRequest.why": "a name out of the code",
    "chat.Team.name": "shown to members; a name that holds a card number is refused",
    "chat.UsedToken.jti_hash": "a hash",
    "chat.VisitorFactor.sealed_seed": "a key, sealed",
    "chat.VisitorSession.notice_hash": "a hash",
    "chat.VisitorSession.origin": "a site without path, only of those that the organisation names",
    "chat.VisitorSession.token_hash": "a hash of what we made at random",
    "compliance.AccessReview.counts": "counts by decision",
    "compliance.Agreement.counterparty": "a name; one that holds a card number is refused",
    "compliance.Agreement.reference": "where it lies; one that holds a card number is refused, or masked by every rule",
    "compliance.SubProcessor.name": "an operator's; one that holds a card number is refused",
    "compliance.SubProcessor.place": "an operator's; one that holds a card number is refused",
    "compliance.SubProcessor.purpose": "an operator's; one that holds a card number is refused",
    "compliance.AuditEntry.event": "a name out of the code",
    "compliance.AuditEntry.facts": "ids, states and counts; an operator's reason, masked by every rule",
    "compliance.AuditEntry.object_kind": "a name out of the code",
    "compliance.AnchorKey.public": "the public half of a key",
    "compliance.AnchorKey.wrapped": "a key, wrapped",
    "compliance.AuditEntry.hash": "a hash",
    "compliance.ControlRun.control": "a name out of the code",
    "compliance.ControlRun.why": "the name of an error, or how far behind",
    "compliance.ServiceControl.control": "a name out of the code",
    "compliance.ServiceControl.why": "the name of an error, or how far behind",
    "compliance.Incident.about": "a name out of the code",
    "compliance.EvidencePack.sha256": "a hash",
    "compliance.EvidencePart.content": "entries of the audit trail, and counts of them",
    "compliance.Incident.kinds": "counts by entity",
    "compliance.Incident.verdict": "names out of the code, and how many people",
    "compliance.IncidentClock.regime": "a name out of the code",
    "compliance.IncidentRecord.entity": "a name out of the code",
    "compliance.IncidentRecord.record_kind": "names of a table and a column",
    "compliance.JobRun.counts": "counts by entity",
    "compliance.JobRun.cursor_store": "a name out of the code",
    "compliance.LegalHold.query": "ids and days",
    "compliance.SubjectRequest.certificate": "ids, counts by kind, times, and the organisation's name",
    "compliance.SubjectRequest.certificate_sha256": "a hash",
    "compliance.MaskingRevision.exempt": "patterns of own ids; which ones may be so is held by the database",
    "compliance.MaskingRevision.levels": "names and levels out of the code",
    "compliance.MaskingRevision.regions_off": "names out of the code",
    "compliance.MaskingRevision.rules": "patterns that the organisation writes to be run, not words",
    "compliance.OperatorEntry.event": "a name out of the code",
    "compliance.OperatorEntry.facts": "as of AuditEntry",
    "compliance.OperatorEntry.object_kind": "a name out of the code",
    "compliance.OperatorEntry.hash": "a hash",
    "compliance.OperatorReset.reason": "an operator's reason, masked by every rule",
    "compliance.NoticeDraft.body": "written to be shown to everyone; one that holds a card number is refused",
    "compliance.NoticeDraft.language": "a name out of the code",
    "compliance.NoticeSetting.other_ways": "shown to everyone; one that holds a card number is refused",
    "compliance.NoticeVersion.body": "shown to everyone; one that holds a card number is refused",
    "compliance.NoticeVersion.language": "a name out of the code",
    "compliance.NoticeVersion.modes": "names out of the code",
    "compliance.NoticeVersion.text": "shown to everyone; one that holds a card number is refused",
    "compliance.NoticeVersion.text_hash": "a hash",
    "compliance.OwnCourse.roles": "names out of the code",
    "compliance.OwnCourseVersion.content": "written for everyone to read; one that holds a card number is refused",
    "compliance.ModeCertificate.facts": "counts, names out of the code, and texts that were masked by every rule",
    "compliance.ModeCertificate.sha256": "a hash",
    "compliance.ModeSwitch.agreement": "where it lies, masked by every rule",
    "compliance.ModeSwitch.before": "names out of the code",
    "compliance.ModeSwitch.reason": "a reason, masked by every rule",
    "compliance.PolicyStanding.choices": "names out of the code",
    "compliance.PolicyStanding.modes": "names out of the code",
    "compliance.PolicyStanding.retention": "names out of the code, and numbers of days",
    "compliance.RuleSet.fingerprint": "a hash",
    "compliance.RuleSet.profile": "a name out of the code",
    "compliance.RuleSet.rules": "an id and a hash",
    "compliance.RuleSetProposal.decided": "a revision to be: as the columns of MaskingRevision",
    "compliance.RuleSetProposal.fingerprint": "a hash",
    "compliance.RuleSetProposal.rules": "an id and a hash",
    "compliance.SupportGrant.reason": "an operator's reason, masked by every rule",
    "compliance.TrailView.query": "ids, days and names out of the code, as the form has checked them",
    "compliance.TrainingRecord.course": "a name out of the code, or an id",
    "compliance.TrainingRecord.signed_as": "the account's name, which was checked as it was chosen",
    "compliance.TrainingRecord.text_hash": "a hash of a course",
    "keyring.ContactKey.wrapped": "a key, wrapped",
    "keyring.Destruction.fingerprints": "hashes",
    "keyring.OwnKey.provider": "a name out of the code",
    "keyring.OwnKey.reference": "the name of a key at its provider, checked for its form",
    "keyring.Rotation.subject": "a purpose or an id",
    "keyring.TenantKey.check_value": "of a key, to tell that it is the right one",
    "keyring.TenantKey.fingerprint": "a hash",
    "keyring.TenantKey.key_reference": "the name of a key at its provider, checked for its form",
    "keyring.TenantKey.provider": "a name out of the code",
    "keyring.TenantKey.wrapped": "a key, wrapped",
    "tenants.AddressRule.labels": "names of networks; one that holds a card number is refused",
    "tenants.AddressRule.networks": "networks in the form they are kept in, and names of roles",
    "tenants.AddressRule.roles": "names out of the code",
    "tenants.AllowedOrigin.origin": "a site without path; a name that holds a card number is refused",
    "tenants.BreakGlassCode.code_hash": "a hash of what we made at random",
    "tenants.ClosureCertificate.facts": "counts and fingerprints",
    "tenants.EmailChange.former": "an address to sign in by; one that holds a card number is refused",
    "tenants.EmailChange.wanted": "an address to sign in by; one that holds a card number is refused",
    "tenants.Invitation.email": "an address to write to; one that holds a card number is refused",
    "tenants.Invitation.token_hash": "a hash of what we made at random",
    "tenants.BackupCodes.digests": "keyed hashes of what we made at random",
    "tenants.BackupCodes.name": "ours",
    "tenants.Passkey.aaguid": "left empty",
    "tenants.Passkey.credential_id": "made by the device, at random",
    "tenants.Passkey.credential_id_sha256": "a hash",
    "tenants.Passkey.name": "shown to its owner alone; a name that holds a card number is refused",
    "tenants.Passkey.public_key": "the public half of a key",
    "tenants.Passkey.transports": "names out of the standard, of a list of the library's",
    "tenants.SealedTOTPDevice.name": "shown to its owner alone; a name that holds a card number is refused",
    "tenants.PolicyChoice.key": "a name out of the code",
    "tenants.PolicyChoice.value": "a name out of the code",
    "tenants.SealedTOTPDevice.sealed_seed": "a key, sealed",
    "tenants.StaffDevice.browser": "two names out of our own lists",
    "tenants.StaffDevice.key_hash": "a hash",
    "tenants.StaffSession.device_key_hash": "a hash",
    "tenants.StaffSession.proved_looks": "a hash",
    "tenants.StaffSession.browser": "two names out of our own lists",
    "tenants.StaffSession.session_hash": "a hash of what we made at random",
    "tenants.Tenant.name": "shown to every visitor; a name that holds a card number is refused",
    "tenants.Tenant.slug": "stands in addresses; one that holds a card number is refused",
    "tenants.TrainingDuty.course": "a name out of the code, or an id",
    "tenants.UsedPassword.encoded": "a hash",
    "tenants.User.email": "an address to sign in by; one that holds a card number is refused",
    "tenants.User.name": "shown to colleagues and visitors; a name that holds a card number is refused",
    "tenants.User.password": "a hash",
}  # fmt: skip
# The product's own models that anyone could add a column to.
MODELS: Final = [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]


def columns_of_words(model: type[models.Model]) -> list[models.Field]:
    return [
        field
        for field in model._meta.local_fields
        if isinstance(field, WORDS) and not field.choices and not isinstance(field, SealedTextField)
    ]


def unexplained(model: type[models.Model]) -> list[str]:
    return [name for field in columns_of_words(model) if (name := f"{model._meta.label}.{field.name}") not in PLAIN]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_that_can_hold_words_is_sealed_text_or_says_why_not(model):
    assert unexplained(model) == []


def test_every_reason_is_about_a_column_that_is_there():
    there = {f"{model._meta.label}.{field.name}" for model in MODELS for field in columns_of_words(model)}

    assert PLAIN.keys() - there == set()


def test_a_new_column_of_text_would_be_seen():
    class Remark(models.Model):  # noqa: DJ008
        text = models.TextField()
        kept = SealedTextField()

        class Meta:
            app_label = "chat"
            managed = False

    try:
        assert unexplained(Remark) == ["chat.Remark.text"]
    finally:
        del apps.all_models["chat"]["remark"]


@pytest.mark.parametrize("value", ["a text", b"an envelope made elsewhere", memoryview(b"the same")])
def test_a_column_of_text_takes_nothing_that_was_not_masked(value):
    field = Conversation._meta.get_field("subject")

    with pytest.raises(UnmaskedTextError):
        field.get_prep_value(value)
    with pytest.raises(UnmaskedTextError):
        SealedText(b"an envelope made elsewhere")


def test_what_is_sealed_must_come_from_the_engine():
    masked = mask("card 4111 1111 1111 1111", MaskingPolicy.named("default"))
    slot = CannedResponse.slot(Conversation._meta.pk.default(), Conversation._meta.pk.default())

    for text in (masked.text, masked.text.encode()):
        with pytest.raises(UnmaskedTextError):
            seal_masked(slot, text)


def test_every_column_of_sealed_text_is_known_to_key_rotation_and_re_scan():
    sealed = {
        (model, field.name)
        for model in MODELS
        for field in model._meta.local_fields
        if isinstance(field, SealedTextField)
    }

    listed = [(column.model, column.name) for column in (*OF_CONTACTS, *OF_ORGANISATIONS, *OF_PEOPLE)]
    assert set(listed) == sealed
    assert len(listed) == len(set(listed))
    assert (PreChatField, "label") in sealed
