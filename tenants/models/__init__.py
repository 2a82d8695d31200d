"""Organisations and people. Keys live in `tenants.keyring`, in a database of their own."""

from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.certificate import CertificateStep, ClosureCertificate
from tenants.models.factor import SealedTOTPDevice
from tenants.models.membership import Invitation, Membership
from tenants.models.origin import AllowedOrigin
from tenants.models.password import UsedPassword
from tenants.models.policy_choice import PolicyChoice
from tenants.models.staff_session import StaffSession
from tenants.models.tenant import ModeState, Region, Tenant, TenantStatus
from tenants.models.training import Guarded, TrainingDuty
from tenants.models.user import User

__all__ = [
    "AllowedOrigin",
    "CertificateStep",
    "ClosureCertificate",
    "Guarded",
    "Invitation",
    "Membership",
    "ModeState",
    "PolicyChoice",
    "Region",
    "SealedTOTPDevice",
    "StaffSession",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "TenantStatus",
    "TrainingDuty",
    "UsedPassword",
    "User",
]
