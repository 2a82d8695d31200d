"""Chats that run while keys are turned: post, read back, begin new ones; every failure counts. Ends with its input."""

import json
import sys
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

THREADS = 4
ENDED = threading.Event()


class Chats:
    """Some conversations of one organisation, talked in by one thread."""

    def __init__(self, tenant: Any, owner: Any, talks: list[Any], per_s: float) -> None:
        self.tenant, self.owner, self.talks, self.per_s = tenant, owner, talks, per_s
        self.known = {talk.id for talk in talks}
        self.counts: Counter[str] = Counter(posted=0, read=0, found=0, begun=0, failed=0)

    def run(self) -> None:
        from django.db import connections

        began, number = time.monotonic(), 0
        while not ENDED.wait(max(0.0, began + number / self.per_s - time.monotonic())):
            number += 1
            try:
                self.once(number)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is a failed operation)
                self.counts["failed"] += 1
                print(f"failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        connections.close_all()

    def once(self, number: int) -> None:
        from helpdesk.core import clock
        from tests.factories.stored import store_conversation

        talk, text = self.talks[number % len(self.talks)], f"line number {'abcdefghij'[number % 10]} of a chat"
        self.read(talk, self.post(talk, text), text)
        if number % 5 == 0 and talk.id in self.known:
            self.find(talk)
        if number % 25 == 0:
            self.talks.append(store_conversation(self.tenant, ["a new visitor"], at=clock.now()))
            self.counts["begun"] += 1

    def post(self, talk: Any, text: str) -> int:
        from chat.actions.messages import post_visitor_message
        from chat.permissions import Visitor
        from helpdesk.core import clock

        visitor = Visitor(
            tenant_id=talk.tenant_id, inbox_id=talk.inbox_id, token_hash=bytes(32), session_id=talk.started_by_id,
            contact_id=talk.contact_id,
        )  # fmt: skip
        done = post_visitor_message(
            visitor=visitor, conversation_id=talk.id, client_id=uuid4(), text=text, kind="public", now=clock.now()
        )
        self.counts["posted"] += 1
        return done.sequence

    def read(self, talk: Any, sequence: int, text: str) -> None:
        from chat import disclosure, selectors
        from tenants.scoping import tenant_scope

        with tenant_scope(self.tenant):
            entries = selectors.entries_after(talk, max(0, sequence - 3), sequence, public=False)
            shown = [disclosure.for_viewer(entry, self.owner).text for entry in entries]
        self.counts["read"] += len(shown)
        if shown[-1] != text or disclosure.UNREADABLE in shown:
            raise AssertionError("not what was written")

    def find(self, talk: Any) -> None:
        from chat import search
        from helpdesk.core import clock
        from tenants.scoping import tenant_scope
        from tests.proofs.keys_data import address_of

        with tenant_scope(self.tenant):
            found = search.conversations_by_detail(wanted=address_of(talk), member=self.owner, now=clock.now())
        self.counts["found"] += 1
        if [row.id for row in found.rows] != [talk.id] or found.rows[0].visitor_name != "Vera Visser":
            raise AssertionError("not found by the address")


def main(given: dict[str, Any], per_s: int) -> None:
    import django

    django.setup()
    from chat.models import Conversation
    from tenants.models import Membership, Tenant
    from tenants.scoping import tenant_scope

    tenant = Tenant.objects.get(id=UUID(given["tenant"]))
    with tenant_scope(tenant):
        talks = list(Conversation.objects.filter(id__in=given["talks"]))
        owner = Membership.objects.select_related("user").get(role="owner")
        owner.tenant = tenant
    chats = [Chats(tenant, owner, talks[index::THREADS], per_s / THREADS) for index in range(THREADS)]
    threads = [threading.Thread(target=one.run) for one in chats]
    print("under way", flush=True)
    began = time.monotonic()
    for thread in threads:
        thread.start()
    sys.stdin.read()
    ENDED.set()
    for thread in threads:
        thread.join()
    total = sum((one.counts for one in chats), Counter())
    counts = {name: total[name] for name in ("posted", "read", "found", "begun", "failed")}
    print(json.dumps({**counts, "seconds": round(time.monotonic() - began, 1)}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
