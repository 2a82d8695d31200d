"""Restore drills: a real backup, restored beside the live databases, looked at, dropped and written down."""

import json
import tempfile
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from chat.models import Contact, Conversation
from compliance import audit_events
from compliance.anchoring.places import Folder
from compliance.controls import watch
from compliance.drill import archives, checks, looking, programs, recording, run, scratch
from compliance.drill.faults import DrillFaultError, DrillRefusedError
from compliance.drill.found import ALIASES, Found, Opened
from compliance.drill.standing_in import Restored
from compliance.evidence.controls import CONTROLS
from compliance.evidence.controls.control import State
from compliance.models import AuditEntry, DrillFault, OperatorEntry, RestoreDrill, ServiceControl
from compliance.verifier.entries import OPERATORS
from helpdesk.core import clock
from tenants import kms
from tenants.keyring import ring
from tenants.scoping import tenant_scope
from tests.databases import empty_touched_tables
from tests.support.drills import SECRET, a_drill, as_owner, changed, databases, live, server_url, staged, without

LOOK = next(control.look for control in CONTROLS if control.key == "restoring")
LAST = "id = (SELECT id FROM compliance_auditentry WHERE tenant_id = %s ORDER BY position DESC LIMIT 1)"


@pytest.fixture(scope="module")
def stage(django_db_blocker, tmp_path_factory):
    """Committed and backed up once: dumping and restoring take longer than all that is asked of them."""
    with django_db_blocker.unblock():
        try:
            with staged(tmp_path_factory.mktemp("drill")) as stage:
                yield stage
        finally:
            empty_touched_tables()


@pytest.fixture
def restored(stage):
    """The restored databases, as the drill sees them."""
    entries = {alias: scratch.as_application(url) for alias, url in zip(ALIASES, stage.urls, strict=True)}
    restored = Restored(entries)
    yield restored
    restored.close()


@pytest.fixture(autouse=True)
def _here(settings, stage):
    settings.RESTORE_SERVER_URL, settings.AUDIT_ANCHORS = server_url(), stage.anchors


def command(*arguments):
    """Run it as an operator does; return the exit code, the last line, and what was told before."""
    out, told, code = StringIO(), StringIO(), 0
    with as_owner():
        try:
            call_command("restore_drill", *map(str, arguments), stdout=out, stderr=told)
        except SystemExit as ended:
            code = ended.code
    return code, json.loads(out.getvalue().splitlines()[-1]), told.getvalue()


def look(stage):
    """Judge what was restored; return what is found."""
    found, said = Found(clock.now(), is_own=False, backup_made_at=stage.contents.content.made_at), []
    looking.look(stage.contents, stage.urls, found, 50, said.append)
    return found, "\n".join(said)


def trail(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=audit_events.RESTORE_DRILLED).order_by("id"))


class Killed(BaseException):
    """The process is gone."""


def test_after_one_that_was_killed_a_drill_clears_up_holds_and_is_written_down(stage, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(scratch, "restore", lambda *_: (_ for _ in ()).throw(Killed))
        patched.setattr(scratch.Server, "drop", lambda *_: [])
        with as_owner(), pytest.raises(Killed):
            run.drill(None, tell=lambda _: None)
    folder = tmp_path / f"{run.prefix_of(stage.server, live())}x"
    folder.mkdir()
    (folder / "content.dump").write_bytes(b"half a backup")
    assert len(databases(stage.server)) == 2

    code, told, said = command()

    assert (code, told["ok"], told["faults"], databases(stage.server)) == (0, True, [], set())
    assert f"{folder}, left by a drill that was killed" in said
    assert list(tmp_path.iterdir()) == []
    wanted = {"databases": 2, "tenants": 2, "opened": 4, "not_opened": 0, "unreadable": 0, "withheld": 0, "anchor": 1}
    assert {name: told[name] for name in wanted} == wanted
    assert told["stores"]["conversation"] > 10
    assert told["entries_verified"] > 4
    assert told["age_of_backup_s"] < 600
    assert SECRET not in said
    drill = RestoreDrill.objects.latest("started_at")
    assert (drill.held, drill.is_own, drill.rows, drill.opened) == (True, True, told["rows"], 4)
    assert ServiceControl.objects.get(control=recording.CONTROL).last_ok_at == drill.ended_at
    assert OperatorEntry.objects.filter(event=audit_events.RESTORE_DRILLED, object_id=drill.id).count() == 1
    entry = trail(stage.acme)[-1]
    assert {"held": True, "in_backup": True, "opened": 3, "unreadable": 0, "faults": ""}.items() <= entry.facts.items()
    with tenant_scope(stage.globex):
        standing = LOOK(stage.globex, drill.ended_at + timedelta(days=182))
        assert (standing.state, "1 sealed text of" in standing.proof) == (State.OK, True)
        assert LOOK(stage.globex, drill.ended_at + timedelta(days=184)).state == State.FAILING


def test_nobody_changes_or_takes_away_what_was_written_down(stage, owner_connection):
    with as_owner():
        a_drill(at=clock.now())

    for statement in ("UPDATE compliance_restoredrill SET held = true", "DELETE FROM compliance_restoredrill"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added to"):
            owner_connection.execute(statement)


def test_what_was_restored_is_whole(stage):
    found, said = look(stage)

    assert (found.faults, found.anchor, found.total("opened"), found.tenants) == ([], 1, 4, 2), said


def test_a_changed_entry_missing_keys_and_missing_rows_are_found_together_and_raised(stage):
    content, keys = stage.urls
    change = f"UPDATE compliance_auditentry SET facts = facts || '{{\"x\": 1}}' WHERE {LAST}"
    back = f"UPDATE compliance_auditentry SET facts = facts - 'x' WHERE {LAST}"
    with (
        changed(content, change, back, stage.acme.id),
        without(keys, "keyring_contactkey", "contact_id = %s", stage.kept.contact_id),
        without(content, "chat_inbox", "tenant_id = %s", stage.globex.id),
    ):
        found, said = look(stage)

    assert {*found.faults} == {DrillFault.ROWS, DrillFault.TRAIL, DrillFault.KEYS}
    assert "chat_inbox" in said
    assert (found.of[stage.acme.id][1].closed, found.of[stage.globex.id][1].opened) == (1, 1)
    with as_owner():
        drill = recording.write_down(found, now=clock.now())
        assert recording.CONTROL in watch.look_at_service(now=drill.ended_at)
        assert (drill.held, drill.faults) == (False, "keys,rows,trail")
        with tenant_scope(stage.acme):
            assert LOOK(stage.acme, drill.ended_at).state == State.FAILING


def test_without_the_organisations_keys_nothing_opens(stage, restored):
    with without(stage.urls.keys, "keyring_tenantkey", "tenant_id = %s", stage.globex.id):
        tried = checks.sample(restored, stage.globex.id, usable=True, limit=9)

    assert tried == Opened(closed=1)


def test_without_the_right_key_encryption_key_nothing_opens(stage, restored, settings):
    settings.KEY_ENCRYPTION_KEYS = f"1:{'AQEB' * 10}AQE="
    kms.forget_providers()
    try:
        tried = checks.sample(restored, stage.acme.id, usable=True, limit=9)
    finally:
        kms.forget_providers()

    assert tried == Opened(closed=3)


def test_no_key_is_carried_from_one_ring_to_the_other(stage, restored):
    of_kept = (stage.acme.id, stage.kept.contact_id)
    ring.contact_cipher(*of_kept)
    with restored.in_place():
        assert not ring.is_at_hand(*of_kept)
        ring.contact_cipher(*of_kept)
        assert ring.is_at_hand(*of_kept)

    assert not ring.is_at_hand(*of_kept)


def test_a_suspended_organisations_texts_are_left_alone(stage, restored):
    assert checks.sample(restored, stage.globex.id, usable=False, limit=9) == Opened(withheld=1)


def test_a_cut_tail_is_found_by_the_anchor(stage, restored):
    made_at = stage.contents.content.made_at
    with without(stage.urls.content, "compliance_auditentry", LAST, stage.acme.id), restored.in_place():
        cut = {one.chain: one.broken for one in checks.trails(checks.anchors_until(Folder(stage.anchors), made_at))}

    assert cut[stage.acme.id] is not None
    assert cut[stage.globex.id] is cut[OPERATORS] is None


def test_an_anchor_made_after_the_backup_says_nothing_of_it(stage):
    with_anchor = checks.anchors_until(Folder(stage.anchors), clock.now())
    before = checks.anchors_until(Folder(stage.anchors), clock.now() - timedelta(hours=1))

    assert (with_anchor.number, before.number) == (1, 0)


def test_anchors_that_were_tampered_with_are_a_fault(stage, tmp_path, settings):
    [file] = Folder(stage.anchors).files()
    (tmp_path / file.name).write_bytes(file.read_bytes().replace(b'"number":1', b'"number":2'))
    settings.AUDIT_ANCHORS = tmp_path

    assert look(stage)[0].faults == [DrillFault.TRAIL]


def test_a_backup_of_an_older_release_says_so_and_is_judged_no_further(stage):
    where = "app = 'chat' AND name = (SELECT max(name) FROM django_migrations WHERE app = 'chat')"
    with without(stage.urls.content, "django_migrations", where), pytest.raises(DrillFaultError) as fault:
        look(stage)

    assert (fault.value.fault, "behind by 1 of" in str(fault.value)) == (DrillFault.MIGRATIONS, True)


def test_a_table_without_its_fence_is_a_fault(stage):
    switch = "ALTER TABLE chat_message {} ROW LEVEL SECURITY".format
    with psycopg.connect(stage.urls.content, autocommit=True) as connection:
        connection.execute(switch("NO FORCE"))
        try:
            found, said = look(stage)
        finally:
            connection.execute(switch("FORCE"))

    assert (found.faults, "chat_message" in said) == ([DrillFault.FENCES], True)


@pytest.mark.parametrize("name", ["content", "keys"])
def test_a_damaged_backup_is_a_fault_and_leaves_no_database(stage, tmp_path, name):
    damaged, whole = tmp_path / "damaged.dump", getattr(stage.backup, name)
    damaged.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    given = {"content": stage.backup.content, "keys": stage.backup.keys, name: damaged}

    code, told, said = command("--content", given["content"], "--keys", given["keys"])

    assert (code, told["ok"], told["faults"], told["databases"]) == (1, False, ["unreadable"], 0), said
    assert databases(stage.server) == set()
    last = RestoreDrill.objects.latest("started_at")
    assert (last.held, last.is_own, last.backup_made_at) == (False, False, None)


def test_what_is_no_backup_is_a_fault(stage, tmp_path):
    (tmp_path / "notes").write_text("remember the milk")

    with pytest.raises(DrillFaultError, match="pg_restore ended with 1"):
        archives.look_into(programs.find(programs.RESTORE, major=stage.server.major), tmp_path / "notes")


# --- not begun -----------------------------------------------------------------------------------------------------


def refused(*arguments):
    with as_owner(), pytest.raises(CommandError) as error:
        call_command("restore_drill", *arguments, stdout=StringIO())
    return str(error.value)


def test_a_database_of_the_scratch_name_that_no_drill_has_made_is_left_alone(stage):
    name = f"{live().keys}_drill"
    stage.server.connection.execute(f'CREATE DATABASE "{name}"')
    try:
        assert name in refused()
        assert databases(stage.server) == {name}
    finally:
        stage.server.drop([name])


def test_two_drills_at_once_are_one(stage, monkeypatch):
    seen = []

    def another(*_):
        with scratch.reached(server_url()) as server, pytest.raises(DrillRefusedError, match="under way"):
            scratch.scratch(server, [f"{name}_drill" for name in live()]).__enter__()
        seen.append(True)
        raise DrillFaultError(DrillFault.UNREADABLE, "enough")

    monkeypatch.setattr(archives, "look_into", another)

    assert command("--content", stage.backup.content, "--keys", stage.backup.keys)[0] == 1
    assert (seen, databases(stage.server)) == ([True], set())


def test_a_scratch_database_that_cannot_be_dropped_is_named(stage, monkeypatch):
    real = scratch.Server.drop
    monkeypatch.setattr(
        scratch, "restore", lambda *_: (_ for _ in ()).throw(DrillFaultError(DrillFault.RESTORING, "no"))
    )
    with monkeypatch.context() as patched:
        patched.setattr(scratch.Server, "drop", lambda _, names: list(names))
        code, told, said = command("--content", stage.backup.content, "--keys", stage.backup.keys)
    real(stage.server, told["left"])

    assert (code, told["faults"], len(told["left"])) == (1, ["restoring", "scratch"], 2)
    assert "could not be dropped" in said


def test_only_the_owner_runs_it_and_says_where(stage, settings):
    out = StringIO()
    with pytest.raises(CommandError, match="as the migrate step runs"):
        call_command("restore_drill", stdout=out)
    assert json.loads(out.getvalue())["ok"] is False
    assert "Give both" in refused("--content", "x")
    settings.RESTORE_SERVER_URL = server_url().replace("dbname=postgres", "dbname=nowhere")
    assert "leads nowhere" in refused()
    settings.RESTORE_SERVER_URL = server_url().replace("user=postgres", "user=hd_owner")
    assert "Row security binds" in refused()
    assert "may not make databases" in refused("--content", "x", "--keys", "x")
    settings.RESTORE_SERVER_URL = ""
    assert "RESTORE_SERVER_URL" in refused()
    settings.TENANT_CONTEXT_KEY = "k" * 40
    assert "SIGN_TENANT_CONTEXT" in refused()
    settings.TENANT_CONTEXT_KEY = ""
    # Beside a demo it becomes the owner by itself.
    settings.IS_EMBEDDED = True
    with pytest.raises(CommandError, match="RESTORE_SERVER_URL"):
        call_command("restore_drill", stdout=StringIO())


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(DrillRefusedError, match="pg_dump of PostgreSQL 99"):
        programs.find("pg_dump", major=99)


# --- erased since ---------------------------------------------------------------------------------------------------


def test_what_was_erased_since_the_backup_is_unreadable_once_its_key_is_gone(stage, restored):
    with transaction.atomic(), transaction.atomic(using="keys"):
        with tenant_scope(stage.acme):
            stage.erased.messages.all().delete()
            Conversation.objects.filter(id=stage.erased.id).delete()
            Contact.objects.filter(id=stage.erased.contact_id).delete()
        before = checks.sample(restored, stage.acme.id, usable=True, limit=9)
        ring.destroy_contact_keys(stage.acme.id, [stage.erased.contact_id])
        after = checks.sample(restored, stage.acme.id, usable=True, limit=9)
        for alias in ALIASES:
            transaction.set_rollback(True, using=alias)

    assert before == Opened(opened=3, readable=2)
    assert after == Opened(opened=3, unreadable=2)
