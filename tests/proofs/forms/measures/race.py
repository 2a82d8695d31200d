"""Several readers ask for the same answer in the same moment: one has it. Then the whole act, with its database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections

from chat.actions import form_reading
from chat.actions.form_endings import FormEndedError
from chat.actions.form_requests import Asking, submit_form
from chat.models import FormRequest
from chat.secure_forms import volatile
from chat.secure_forms.submission import Submission
from helpdesk.core import clock, valkey
from tenants.scoping import tenant_scope
from tests.proofs.forms.people import Agent, make_agent
from tests.support.secure_forms import seal

KEYS: Final = ("rounds", "double_reads", "lost_reads", "act_rounds", "careless_double_reads")
READERS: Final = 4
ROUNDS: Final = 10_000
ACTS: Final = 100
#: What an answer weighs; what it holds does not matter here.
SEALED: Final = b"s" * 900


def measure(stage: Any) -> dict[str, Any]:
    """Race for answers, and by a reader that asks first and deletes then, which must be seen to read twice."""
    rounds = 300 if stage.is_short else ROUNDS
    doubles, lost = raced(rounds)
    with patch.object(volatile, "take", careless_take), patch.object(volatile, "_client", valkey.client):
        careless, _ = raced(300)
    agent = make_agent("Race")
    acts = 5 if stage.is_short else ACTS
    winners = [act_winners(agent) for _ in range(acts)]
    return {
        "rounds": rounds + acts,
        "double_reads": doubles + sum(won > 1 for won in winners),
        "lost_reads": lost + sum(won < 1 for won in winners),
        "act_rounds": acts,
        "careless_double_reads": careless,
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether each answer was read, and a reader that is not careful was caught."""
    return not figures["lost_reads"] and figures["careless_double_reads"] > 0


def raced(rounds: int) -> tuple[int, int]:
    """Return in how many rounds more than one reader had the answer, and in how many none had."""
    doubles = lost = 0
    tenant = uuid4()
    start = threading.Barrier(READERS)
    with ThreadPoolExecutor(READERS) as readers:
        for _ in range(rounds):
            request = uuid4()
            volatile.put(tenant, request, SEALED, keep_s=60)
            taken = list(readers.map(lambda _, request=request: _taken(start, tenant, request), range(READERS)))
            doubles += sum(taken) > 1
            lost += sum(taken) < 1
    return doubles, lost


def _taken(start: threading.Barrier, tenant: UUID, request: UUID) -> bool:
    start.wait()
    return volatile.take(tenant, request) is not None


def careless_take(tenant_id: UUID, request_id: UUID) -> bytes | None:
    """Look, and delete what was there: by the other Valkey, since here its user may not look without taking."""
    client = valkey.client(settings.REDIS_URL)
    found: bytes | None = client.get(volatile._key(tenant_id, request_id))
    client.delete(volatile._key(tenant_id, request_id))
    return found


def act_winners(agent: Agent) -> int:
    """Return how many of several requests by the right reader are handed one answer."""
    form = agent.ask()
    with tenant_scope(form.tenant_id):
        submit_form(
            form_id=form.id, contact_id=form.conversation.contact_id, sealed=Submission.of(seal({}, form)),
            now=clock.now(),
        )  # fmt: skip
    start, asking = threading.Barrier(READERS), agent.asking
    with ThreadPoolExecutor(READERS) as readers:
        return sum(readers.map(lambda _: _viewed(start, form, asking), range(READERS)))


def _viewed(start: threading.Barrier, form: FormRequest, asking: Asking) -> bool:
    start.wait()
    try:
        with tenant_scope(form.tenant_id):
            _, sealed = form_reading.view_form(
                conversation_id=form.conversation_id, form_id=form.id, reader=asking, now=clock.now()
            )
        return sealed is not None
    except FormEndedError:
        return False
    finally:
        connections.close_all()
