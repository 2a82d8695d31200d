"""Which courses there are: those that ship with the product, as files beside this module, and organisations' own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from compliance.models import OwnCourse, OwnCourseVersion
from compliance.training.course import Course, Lesson, read_course
from helpdesk.core.prepared import prepared_cursor
from tenants import policies
from tenants.models import Guarded, Tenant
from tenants.policy_names import CLOSES, NOT_ASKED, TRAINING_HIPAA, TRAINING_PCI, TRAINING_PHISHING, TRAINING_PRIVACY
from tenants.roles import Role
from tenants.scoping import current_tenant_id

COURSES: Final = Path(__file__).resolve().parent / "courses"
#: Which setting of the policy table asks for a course of the product.
ASKED_BY: Final[Mapping[str, str]] = {
    "pci": TRAINING_PCI,
    "hipaa": TRAINING_HIPAA,
    "phishing": TRAINING_PHISHING,
    "privacy": TRAINING_PRIVACY,
}
_IN_CHATS: Final = frozenset({Role.OWNER, Role.SUPERVISOR, Role.AGENT})
#: For whom a course of the product is.
FOR_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "pci": frozenset(_IN_CHATS),
    "hipaa": frozenset(_IN_CHATS | {Role.COMPLIANCE_OFFICER}),
    "phishing": frozenset(Role),
    "privacy": frozenset(Role),
}
# The version from which on a course of the product counts as done: raised where an older one is not enough any more.
LEAST_VERSION: Final[Mapping[str, int]] = {}
# One statement, since everyone who joins asks it. The modes as they are now: a request may have read them before.
_LOOK: Final = """
SELECT hipaa_state, pci_state,
    (SELECT coalesce(json_object_agg(key, value), '{}') FROM tenants_policychoice WHERE tenant_id = tenant.id),
    (SELECT coalesce(json_agg(json_build_array(id, roles, closes, least_version) ORDER BY id), '[]')
        FROM compliance_owncourse WHERE tenant_id = tenant.id AND is_in_use)
FROM tenants_tenant AS tenant WHERE id = %(tenant)s
"""


class NoCourseError(LookupError):
    """There is no such course, or no such version of it."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A course that an organisation asks of its people: of which roles, and whether the workspace is closed without."""

    course: str
    roles: frozenset[str]
    closes: bool
    least_version: int = 1
    guards: str = Guarded.WORKSPACE


@cache
def shipped() -> Mapping[str, Course]:
    """Return the product's courses by their keys; each file was read and checked once.

    Raises:
        BadCourseError: A file is no course.
    """
    found = {}
    for path in sorted(COURSES.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = read_course(path.stem, int(content["version"]), content)
    return found


@cache
def minute_lessons() -> Mapping[str, Lesson]:
    """Return the lessons of a minute that an agent is offered when a reply is held back, by what it asked for."""
    held = json.loads((COURSES.parent / "minute.json").read_text(encoding="utf-8"))
    return {kind: Lesson(each["title"], tuple(each["text"])) for kind, each in held.items()}


def demands() -> list[Demand]:
    """Return what the organisation in scope asks of its people now."""
    with prepared_cursor() as cursor:
        row = cursor.execute(_LOOK, {"tenant": current_tenant_id()}).fetchone()
    if row is None:
        raise Tenant.DoesNotExist
    hipaa_state, pci_state, chosen, own = row
    tenant = Tenant(hipaa_state=hipaa_state, pci_state=pci_state)
    found = []
    for course, key in ASKED_BY.items():
        wanted = policies.value_of(tenant, key, chosen.get(key))
        if wanted != NOT_ASKED:
            least = LEAST_VERSION.get(course, 1)
            found.append(Demand(course, FOR_ROLES[course], wanted == CLOSES, least))
    return found + [Demand(UUID(key).hex, frozenset(roles), closes, least) for key, roles, closes, least in own]


def course_now(key: str) -> Course:
    """Return the version of a course that is taken now. Call it inside the tenant's scope.

    Raises:
        NoCourseError: There is none.
    """
    if (ours := shipped().get(key)) is not None:
        return ours
    own = _own(key)
    return course_in(key, own.version)


def course_in(key: str, version: int) -> Course:
    """Return one version of an organisation's own course. Call it inside the tenant's scope.

    Raises:
        NoCourseError: There is none.
    """
    held = OwnCourseVersion.objects.filter(course_id=_uuid(key), number=version).first()
    if held is None:
        raise NoCourseError
    return read_course(key, version, held.content)


def titles() -> dict[str, str]:
    """Return what each course is called, by key. Call it inside the tenant's scope."""
    own = OwnCourseVersion.objects.order_by("number").values_list("course_id", "content__title")
    return {key: course.title for key, course in shipped().items()} | {one.hex: str(title) for one, title in own}


def _own(key: str) -> OwnCourse:
    own: OwnCourse | None = OwnCourse.objects.filter(id=_uuid(key)).first()
    if own is None:
        raise NoCourseError
    return own


def _uuid(key: str) -> UUID:
    try:
        return UUID(hex=key)
    except ValueError:
        raise NoCourseError from None
