"""`prove keys`: tampering, rotation and resealing while chats run, closure and erasure against a restored backup.

The chats run in a process of their own, with a key cache of its own: it learns of every rotation as any other process
does. They go through the actions and the one door to plaintext, not through sockets.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.support.progress import say

CONTACTS: Final = 20_000
ROWS: Final = 10_000
REWRAPS_PER_S: Final = 5_000
RESEALS_PER_S: Final = 2_000
CHATS_PER_S: Final = 50
# Evictions are heard within milliseconds; longer than any transaction of the chats.
GRACE: Final = timedelta(seconds=3)
PATIENCE_S: Final = 60.0


def main(arguments: Sequence[str], scratch: Any) -> dict[str, Any]:
    """Run the proof on the servers that were started for it; `--short` with a tenth of the rows."""
    import django

    django.setup()
    from tests.proofs import keys_data, keys_tampering

    share = 10 if "--short" in arguments else 1
    told = keys_data.prepare(contacts=CONTACTS // share, rows=ROWS // share)
    say(f"{CONTACTS // share} contact keys, {ROWS // share} messages of one contact")
    tried, opened = keys_tampering.tamper(told.acme, told.globex)
    say(f"{tried} tampered envelopes and keys, {opened} opened")
    with chats(told) as load:
        rewrap_per_s, rewrapped = turned(told.acme, "content")
        reseal_per_s, resealed = turned(told.acme, told.talk.contact_id)
        second_per_s, again = turned(told.acme, "content")
        _, reindexed = turned(told.acme, "index")
    say(f"{rewrap_per_s}/s and {second_per_s}/s re-wrapped, {reseal_per_s}/s resealed; chats: {load}")
    lost = keys_data.unreadable(told.acme, scratch.superuser_url()) + keys_data.lost_contacts(told)
    erased, closed, stays = keys_data.end(told, scratch.superuser_url())
    failed = load["failed"] + lost
    at_speed = load["posted"] >= 0.9 * CHATS_PER_S * load["seconds"]
    result = {
        "tampered_opened": opened,
        "rewrap_per_s": min(rewrap_per_s, second_per_s),
        "reseal_rows_per_s": reseal_per_s,
        "failed_operations": failed,
        "readable_after_closure": closed,
        "readable_after_contact_erasure": erased,
        "tampered_tried": tried,
        "rewrapped": rewrapped + again,
        "resealed": resealed,
        "reindexed": reindexed,
        "chats": load,
        "still_readable_of_another": stays,
    }
    fast = result["rewrap_per_s"] >= REWRAPS_PER_S and reseal_per_s >= RESEALS_PER_S
    clean = not (opened or failed or closed or erased) and stays > 0
    whole = rewrapped >= CONTACTS // share and resealed >= ROWS // share and reindexed > 0
    return {"ok": fast and clean and whole and at_speed, **result}


def turned(tenant: Any, what: Any) -> tuple[int, int]:
    """Turn a key as the job does, to the end; return how much it moved a second, and how much in all."""
    from compliance import key_rotation
    from helpdesk.core import clock
    from tenants.keyring import rotation

    if isinstance(what, str):
        begun = rotation.begin_tenant_rotation(tenant.id, what, now=clock.now())
    else:
        begun = rotation.begin_contact_rotation(tenant.id, what, now=clock.now())
    started = time.perf_counter()
    moved = sum(rotation.move_batches(begun, now=clock.now()))
    seconds = time.perf_counter() - started
    deadline = time.monotonic() + GRACE.total_seconds() + PATIENCE_S
    while not key_rotation.turn_keys(tenant.id, grace=GRACE):
        if time.monotonic() > deadline:
            raise TimeoutError("the rotation does not end")
        time.sleep(0.2)
    return round(moved / seconds), moved


@contextmanager
def chats(told: Any) -> Iterator[dict[str, Any]]:
    """Let chats run beside the block; what they counted is filled in when it ends."""
    given = {"tenant": str(told.acme.id), "talks": [str(told.talk.id), *(str(talk.id) for talk in told.others)]}
    command = [sys.executable, "-m", "tests.proofs.keys_chats", json.dumps(given), str(CHATS_PER_S)]
    counted: dict[str, Any] = {}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it is under way
        yield counted
        out, _ = process.communicate()
    counted.update(json.loads(out.splitlines()[-1]))
