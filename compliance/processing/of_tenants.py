"""What accounts, memberships, keys and settings hold of people, column by column."""

from typing import Final

from compliance.models import RecordClass
from compliance.processing.terms import (
    CONTACT,
    DEED,
    DEVICE,
    KNOWN_AS,
    MEMBERS,
    NOBODY,
    NONE,
    OPERATORS,
    SECRET,
    VISITORS,
    Kept,
    Purpose,
    Rows,
)

OF_TENANTS: Final = (
    Rows("keyring.ContactKey", VISITORS, Purpose.SEAL, RecordClass.CONVERSATION, {
        "contact_id": KNOWN_AS,
        "version wrapped_with state created_at": NONE,
        "wrapped": NONE("a key, wrapped"),
    }),
    Rows("keyring.Destruction", NOBODY, Purpose.SEAL, Kept.ORGANISATION, {
        "tenant_keys contact_keys destroyed_at": NONE,
        "fingerprints": NONE("hashes"),
    }),
    Rows("keyring.OwnKey", NOBODY, Purpose.SEAL, Kept.ORGANISATION, {
        "state connected_at changed_at": NONE,
        "provider": NONE("a name out of the code"),
        "reference": NONE("the name of a key at its provider, checked for its form"),
    }),
    Rows("keyring.Rotation", NOBODY, Purpose.SEAL, Kept.ORGANISATION, {
        "kind old_version new_version state moved started_at finished_at": NONE,
        "subject": NONE("a purpose or an id"),
    }),
    Rows("keyring.TenantKey", NOBODY, Purpose.SEAL, Kept.TURNED, {
        "purpose version state created_at": NONE,
        "provider": NONE("a name out of the code"),
        "wrapped": NONE("a key, wrapped"),
        "key_reference": NONE("the name of a key at its provider, checked for its form"),
        "check_value": NONE("of a key, to tell that it is the right one"),
        "fingerprint": NONE("a hash"),
    }),
    Rows("tenants.AddressRule", MEMBERS, Purpose.ADMIT, Kept.ORGANISATION, {
        "changed_by": KNOWN_AS,
        "networks": DEVICE("networks in the form they are kept in, and names of roles"),
        "labels": DEVICE("names of networks; one that holds a card number is refused"),
        "changed_at": DEED,
        "state is_on until": NONE,
        "roles": NONE("names out of the code"),
    }),
    Rows("tenants.AddressWaiver", MEMBERS, Purpose.ADMIT, Kept.SPENT, {
        "membership session_id": KNOWN_AS,
        "until": DEED,
    }),
    Rows("tenants.AllowedOrigin", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "created_at": NONE,
        "origin": NONE("a site without path; a name that holds a card number is refused"),
    }),
    Rows("tenants.BackupCodes", MEMBERS, Purpose.ADMIT, Kept.ACCOUNT, {
        "user": KNOWN_AS,
        "name": SECRET("ours"),
        "digests": SECRET("keyed hashes of what we made at random"),
        "confirmed throttling_failure_timestamp throttling_failure_count created_at last_used_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.BreakGlassCode", MEMBERS, Purpose.ADMIT, Kept.ORGANISATION, {
        "code_hash": SECRET("a hash of what we made at random"),
        "made_at used_at": DEED,
    }),
    Rows("tenants.ClosureCertificate", NOBODY, Purpose.PROVE, Kept.ORGANISATION, {
        "step at": NONE,
        "facts": NONE("counts and fingerprints"),
    }),
    Rows("tenants.EmailChange", MEMBERS, Purpose.ADMIT, Kept.SPENT, {
        "former wanted": CONTACT("an address to sign in by; one that holds a card number is refused"),
        "user": KNOWN_AS,
        "state asked_at settled_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.Invitation", MEMBERS, Purpose.ADMIT, Kept.ORGANISATION, {
        "email": CONTACT("an address to write to; one that holds a card number is refused"),
        "invited_by": KNOWN_AS,
        "token_hash": SECRET("a hash of what we made at random"),
        "role created_at expires_at accepted_at": DEED,
    }),
    Rows("tenants.Membership", MEMBERS, Purpose.WORK, Kept.ORGANISATION, {
        "user": KNOWN_AS,
        "role is_active created_at first_access_at used_at is_unused unused_told_at": DEED,
    }),
    Rows("tenants.Passkey", MEMBERS, Purpose.ADMIT, Kept.ACCOUNT, {
        "user": KNOWN_AS,
        "credential_type sign_count": SECRET,
        "name": SECRET("shown to its owner alone; a name that holds a card number is refused"),
        "credential_id": SECRET("made by the device, at random"),
        "public_key": SECRET("the public half of a key"),
        "credential_id_sha256": SECRET("a hash"),
        "backup_eligible backup_state discoverable": DEVICE,
        "transports": DEVICE("names out of the standard, of a list of the library's"),
        "aaguid": DEVICE("left empty"),
        "confirmed created_at last_used_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.PlaceDue", NOBODY, Purpose.ADMIT, Kept.SPENT, {
        "due_at": NONE,
    }),
    Rows("tenants.PolicyChoice", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "changed_at": NONE,
        "key value": NONE("a name out of the code"),
    }),
    Rows("tenants.SealedTOTPDevice", MEMBERS, Purpose.ADMIT, Kept.ACCOUNT, {
        "user": KNOWN_AS,
        "last_t": SECRET,
        "name": SECRET("shown to its owner alone; a name that holds a card number is refused"),
        "sealed_seed": SECRET("a key, sealed"),
        "confirmed throttling_failure_timestamp throttling_failure_count created_at last_used_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.SeenAddress", MEMBERS, Purpose.ADMIT, Kept.DAY, {
        "user": KNOWN_AS,
        "address": DEVICE,
        "seen_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.StaffDevice", MEMBERS, Purpose.ADMIT, Kept.ORGANISATION, {
        "membership decided_by": KNOWN_AS,
        "key_hash": SECRET("a hash"),
        "kind address": DEVICE,
        "browser": DEVICE("two names out of our own lists"),
        "state asked_at decided_at": DEED,
    }),
    Rows("tenants.StaffSession", MEMBERS, Purpose.ADMIT, Kept.SESSION, {
        "user": KNOWN_AS,
        "session_hash": SECRET("a hash of what we made at random"),
        "device_key_hash": SECRET("a hash"),
        "address": DEVICE,
        "browser": DEVICE("two names out of our own lists"),
        "proved_looks": DEVICE("a hash"),
        "began_at active_at proved_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.Tenant", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "region status hipaa_state pci_state created_at closes_at factors_due_at": NONE,
        "name": NONE("shown to every visitor; a name that holds a card number is refused"),
        "slug": NONE("stands in addresses; one that holds a card number is refused"),
    }),
    Rows("tenants.TrainingDuty", MEMBERS, Purpose.TEACH, Kept.ORGANISATION, {
        "membership": KNOWN_AS,
        "is_assigned assigned_at due_at completed_at taking lessons_seen passed_at reminded_days": DEED,
        "closes guards version": NONE,
        "course": NONE("a name out of the code, or an id"),
    }),
    Rows("tenants.UsedPassword", MEMBERS, Purpose.ADMIT, Kept.ACCOUNT, {
        "user": KNOWN_AS,
        "encoded": SECRET("a hash"),
        "replaced_at": DEED,
    }, also=(OPERATORS,)),
    Rows("tenants.User", MEMBERS, Purpose.ADMIT, Kept.ACCOUNT, {
        "email": CONTACT("an address to sign in by; one that holds a card number is refused"),
        "name": CONTACT("shown to colleagues and visitors; a name that holds a card number is refused"),
        "password": SECRET("a hash"),
        "last_login is_active is_operator email_confirmed_at must_change_password session_epoch created_at": DEED,
    }, also=(OPERATORS,)),
    # Of libraries.
    Rows("axes.AccessAttempt", MEMBERS, Purpose.ADMIT, Kept.SPENT, {
        "username": KNOWN_AS,
        "user_agent ip_address http_accept path_info get_data post_data": DEVICE,
        "attempt_time failures_since_start": DEED,
    }, also=(OPERATORS,)),
    Rows("sessions.Session", MEMBERS, Purpose.ADMIT, Kept.SESSION, {
        "session_key session_data": SECRET,
        "expire_date": DEED,
    }, also=(OPERATORS,)),
)  # fmt: skip
