"""Organisations and people. Keys live in `tenants.keyring`, in a database of their own."""

from tenants.models.backup_codes import BackupCodes
from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.certificate import CertificateStep, ClosureCertificate
from tenants.models.device import DeviceKind, DeviceState, StaffDevice
from tenants.models.email_change import EmailChange, EmailChangeState
from tenants.models.factor import Factor, SealedTOTPDevice
from tenants.models.membership import Invitation, Membership
from tenants.models.origin import AllowedOrigin
from tenants.models.password import UsedPassword
from tenants.models.places import AddressRule, AddressWaiver, BreakGlassCode, PlaceDue, RuleState, SeenAddress
from tenants.models.policy_choice import PolicyChoice
from tenants.models.staff_session import StaffSession
from tenants.models.tenant import ModeState, Region, Tenant, TenantStatus
from tenants.models.training import Guarded, TrainingDuty
from tenants.models.user import User

# django-otp-webauthn asks for the user model while it is imported.
from tenants.models.passkey import Passkey  # isort: skip

__all__ = [
    "AddressRule",
    "AddressWaiver",
    "AllowedOrigin",
    "BackupCodes",
    "BreakGlassCode",
    "CertificateStep",
    "ClosureCertificate",
    "DeviceKind",
    "DeviceState",
    "EmailChange",
    "EmailChangeState",
    "Factor",
    "Guarded",
    "Invitation",
    "Membership",
    "ModeState",
    "Passkey",
    "PlaceDue",
    "PolicyChoice",
    "Region",
    "RuleState",
    "SealedTOTPDevice",
    "SeenAddress",
    "StaffDevice",
    "StaffSession",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantStatus",
    "TrainingDuty",
    "UsedPassword",
    "User",
]
