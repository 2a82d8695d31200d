"""What a superuser does to a chain whose first entries have expired: is each found, by the service and by the one file?

The chain has let go what was six years old. It is to hold as it is, and in no other way.
"""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

from compliance import audit_chain
from compliance.anchoring.places import Folder
from compliance.verifier import entries as judging
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import EXPIRED, BrokenError, Entry, digest
from compliance.verifier.reading import check, row_of
from helpdesk.core import clock, ed25519
from tests.factories.tenants import make_person, make_tenant
from tests.proofs.audit.chains import OPENED, superuser
from tests.proofs.gate.stage import Figures, Stage
from tests.support.aged_trail import LONG, AgedTrail
from tests.support.progress import say

KEYS: Final = ("expiry_tamperings", "expiry_undetected", "expiry_false_alarms", "expiry_mutants_survived")
SEED: Final = 20261127
TIMES: Final = 24
SHORT: Final = 2
OLD: Final = 12
NEW: Final = 14


class Expired:
    """A chain that begins behind a checkpoint, and whoever rules the database."""

    def __init__(self, trail: AgedTrail, random: Random) -> None:
        self.chain, self.database, self.random = trail.tenant.id, trail.database, random
        self.anchors = Anchors(verify=ed25519.is_signed)
        for file in trail.folder.files():
            self.anchors.read(file.read_bytes().split(b"\n"))
        self.entries = self.read()
        self.first, self.last = self.entries[0].position, self.entries[-1].position
        self.told = next(entry.position for entry in self.entries if entry.event == EXPIRED)

    def read(self) -> list[Entry]:
        with self.database.cursor() as cursor:
            return list(audit_chain.entries(cursor, self.chain))

    def run(self, sql: str, *values: Any) -> None:
        self.database.execute(sql, values)

    def cut(self, through: int) -> None:
        self.run("DELETE FROM compliance_auditentry WHERE tenant_id = %s AND position <= %s", self.chain, through)

    def change(self, place: int, facts: dict[str, Any]) -> None:
        """Change what an entry says, and leave its hash as it is."""
        self.run(
            "UPDATE compliance_auditentry SET facts = facts || %s WHERE tenant_id = %s AND position = %s",
            json.dumps(facts), self.chain, place,
        )  # fmt: skip

    def hash_anew(self, place: int) -> None:
        """Write all from an entry on anew, so that every hash is right."""
        known, rows = {entry.position: entry.hash for entry in self.entries}, []
        prior = known[place - 1]
        for entry in self.read():
            if entry.position >= place:
                prior = digest(entry, prior)
                rows.append((prior.hex(), self.chain, entry.position))
        with self.database.cursor() as cursor:
            cursor.executemany(
                "UPDATE compliance_auditentry SET hash = %s WHERE tenant_id = %s AND position = %s", rows
            )

    def insert(self, like: int, **changes: Any) -> None:
        """Add a row as another one, but for some columns."""
        self.run(
            "INSERT INTO compliance_auditentry SELECT (jsonb_populate_record(e, %s)).* FROM compliance_auditentry e "
            "WHERE tenant_id = %s AND position = %s",
            json.dumps({"id": str(uuid4()), **changes}), self.chain, like,
        )  # fmt: skip

    def somewhere(self) -> int:
        """Return the place of an entry that is there, before the checkpoint."""
        return self.random.randrange(self.first, self.told - 1)

    def hash_of(self, place: int) -> str:
        return next(entry.hash.hex() for entry in self.entries if entry.position == place)


Deed = Callable[[Expired], None]


def head_cut(made: Expired) -> None:
    """More goes than the checkpoint names."""
    made.cut(made.somewhere())


def cut_with_the_checkpoint(made: Expired) -> None:
    """So much goes that the checkpoint is gone as well."""
    made.cut(made.random.randrange(made.told, made.last))


def forged(made: Expired) -> None:
    """The checkpoint names more, rightly, and more goes; its hash stays as it was."""
    place = made.somewhere()
    made.change(made.told, {"position": place, "hash": made.hash_of(place)})
    made.cut(place)


def forged_anew(made: Expired) -> None:
    """As the former, with every hash right again."""
    place = made.somewhere()
    made.change(made.told, {"position": place, "hash": made.hash_of(place)})
    made.hash_anew(made.told)
    made.cut(place)


def other_hash(made: Expired) -> None:
    """The checkpoint names another entry as the last that went, and the chain is written anew behind it."""
    made.change(made.told, {"hash": made.random.randbytes(32).hex()})
    made.hash_anew(made.told)


def moved(made: Expired) -> None:
    """The checkpoint and the entry beside it change places."""
    one, other = made.told, made.told + made.random.choice((-1, 1))
    made.run(
        "UPDATE compliance_auditentry SET position = %s - position WHERE tenant_id = %s AND position IN (%s, %s)",
        one + other, made.chain, one, other,
    )  # fmt: skip


def told_no_more(made: Expired) -> None:
    """The checkpoint says something else, and all behind it is written anew."""
    made.run(
        "UPDATE compliance_auditentry SET event = 'retention.purged' WHERE tenant_id = %s AND position = %s",
        made.chain, made.told,
    )  # fmt: skip
    made.hash_anew(made.told)


def put_back(made: Expired) -> None:
    """What expired is there again, and says something else; or something stands in front of all."""
    made.insert(made.first, position=made.random.choice((made.first - 1, made.first - 2, 1, 0, -5)))


def too_young(made: Expired) -> None:
    """A checkpoint as the service writes it, sealed, and what it names goes: but that is not old enough."""
    place = made.random.randrange(made.first, made.last - 1)
    facts = {"position": place, "hash": made.hash_of(place), "days": 2190, "entries": 1, "sealed_at": "2020-01-01"}
    made.insert(made.last, position=made.last + 1, event=EXPIRED, facts=facts)
    newest = made.read()[-1]
    made.run(
        "UPDATE compliance_auditentry SET hash = %s WHERE tenant_id = %s AND position = %s",
        digest(newest, made.entries[-1].hash).hex(), made.chain, made.last + 1,
    )  # fmt: skip
    made.cut(place)


DEEDS: Final[dict[str, Deed]] = {
    "head cut": head_cut, "cut with the checkpoint": cut_with_the_checkpoint, "forged": forged,
    "forged, written anew": forged_anew, "other hash": other_hash, "moved": moved, "told no more": told_no_more,
    "put back": put_back, "too young": too_young,
}  # fmt: skip


def measure(stage: Stage) -> Figures:
    """Do it all, each deed from the same good chain, and verify both ways."""
    times = SHORT if stage.is_short else TIMES
    with expired(stage) as made:
        alarms = len(found_by(made))
        undetected = judged(made, times)
        survived = [name for name in MUTANTS if not caught(made, name)]
    for name, count in sorted(undetected.items()):
        say(f"NOT FOUND {name}: {count}")
    return {
        "expiry_tamperings": len(DEEDS) * times * 2, "expiry_undetected": undetected.total(),
        "expiry_false_alarms": alarms, "expiry_mutants_survived": survived,
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """Whether the good chain is good, all that is bad is found, and a verifier that looks away is found out."""
    return not (figures["expiry_undetected"] or figures["expiry_false_alarms"] or figures["expiry_mutants_survived"])


@contextmanager
def expired(stage: Stage) -> Iterator[Expired]:
    """Make the chain, and open the database to be tampered with; all of that is taken back at the end."""
    now = clock.now()
    owner = make_person("Owner of Expired", email="owner@expired.example", now=now)
    tenant = make_tenant("Expired", owner=owner, now=now)
    with superuser() as database:
        trail = AgedTrail(tenant, Folder(stage.folder / "anchors-expired"), database)
        trail.grow(OLD, LONG)
        trail.anchor(LONG / 2)
        trail.grow(NEW, LONG / 4)
        trail.verified(LONG / 8)
        trail.anchor(LONG / 8)
        if (trail.expire(), trail.expire() > 0) != (0, True):
            raise AssertionError("nothing has expired")
        with database.transaction(force_rollback=True):
            for statement in OPENED:
                database.execute(statement)
            yield Expired(trail, Random(SEED))


def judged(made: Expired, times: int) -> Counter[str]:
    """Return what a verifier did not find."""
    undetected: Counter[str] = Counter()
    for name, deed in DEEDS.items():
        for _ in range(times):
            undetected[name] += 2 - len(done(made, deed))
    return +undetected


def done(made: Expired, deed: Deed) -> set[str]:
    """Do something, return who found it, and take it back."""
    with made.database.transaction(force_rollback=True):
        deed(made)
        return found_by(made)


def found_by(made: Expired) -> set[str]:
    """Verify as the service does, and as the one file does with an export and the operators' anchors."""
    found, own = set(), made.chain.bytes
    with made.database.cursor() as cursor:
        verdict = audit_chain.verify_by(cursor, made.chain, anchored=made.anchors.of[own], seen=made.anchors.seen[own])
        before, prior = audit_chain.begin_of(cursor, made.chain)
    if verdict.broken is not None:
        found.add("service")
    try:
        check(exported(made, made.chain, before, prior), made.anchors)
    except BrokenError:
        found.add("one file")
    return found


def exported(made: Expired, chain: UUID, before: int, prior: bytes) -> io.StringIO:
    """Export what is there as if it began behind an entry that is known; one that hides a cut says what it likes."""
    rows = [row_of(entry) for entry in made.read()]
    if rows and rows[0]["position"] != before + 1:
        before = rows[0]["position"] - 1
        prior = next((entry.hash for entry in made.entries if entry.position == before), prior)
    head = {
        "hushdesk_audit": 1, "chain": str(chain), "from": before + 1, "prior": prior.hex(), "through": 0,
        "partial": False, "proof": None,
    }  # fmt: skip
    return io.StringIO("".join(json.dumps(row) + "\n" for row in [head, *rows]))


# --- a verifier that looks away must be found out ------------------------------------------------------------------

_init = judging.Walk.__init__


def _believing(self: Any, chain: bytes, **about: Any) -> None:
    _init(self, chain, **about, **({} if "is_part" in about else {"is_part": True}))
    self.needs_telling = False


def _without_age(self: Any, chain: bytes, **about: Any) -> None:
    _init(self, chain, **{**about, "seen": None})


def _told_by_any(self: Any, entry: Entry) -> None:
    self.told_by = entry.position


#: By what is looked away from: a deed that goes unseen then.
MUTANTS: Final[dict[str, tuple[str, str, Any]]] = {
    "a chain may begin anywhere": ("head cut", "__init__", _believing),
    "the age is not looked at": ("too young", "__init__", _without_age),
    "any checkpoint does": ("head cut", "_begin_by", _told_by_any),
}


def caught(made: Expired, mutant: str) -> bool:
    """Whether a deed goes unseen by the mutant, which the figure above would then tell."""
    deed, target, way = MUTANTS[mutant]
    with patch.object(judging.Walk, target, way):
        return any(len(done(made, DEEDS[deed])) < 2 for _ in range(8))
