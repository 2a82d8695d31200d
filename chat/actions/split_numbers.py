"""Post a text that may be a part of a number split over several messages: "4111 1111", then "1111 1111".

Only such texts, mostly digits, leave the fast path. Under the lock of the conversation the author's last messages are
read and masked together with the new one, so that of two parts sent at the same moment the later sees the earlier.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.views.decorators.debug import sensitive_variables

from chat.actions.remasking import Change, note_parts, store_changes
from chat.delivery import committer
from chat.delivery.sealed import Committed, Draft, SealedMessage
from chat.models import AuthorKind, Message
from compliance.ingest import ingest_part
from compliance.masking import AGENT, VISITOR, Utterance, WindowMasking
from compliance.masking.window import REMEMBERED, WITHIN_S
from compliance.rule_sets import RuleSetInForce
from compliance.surfaces import Surface
from tenants.encryption.resealing import reseal_together
from tenants.scoping import tenant_scope

WINDOW: Final = timedelta(seconds=WITHIN_S)


@sensitive_variables("text")
def post_part(draft: Draft, text: str, surface: Surface, rule_set: RuleSetInForce) -> Committed:
    """Mask a text together with what was said shortly before, reseal what has changed there, and commit.

    Raises:
        ConversationNotFoundError, ConversationResolvedError, VisitorBlockedError, ConsentRequiredError,
            IdentityRequiredError: As the committer.
        MaskingError: The masker could not finish; nothing is stored or changed.
    """
    with tenant_scope(draft.tenant_id):
        committer.locked_conversation(draft)
        earlier = _earlier(draft)
        window, bodies = _masked_together(draft, text, earlier, surface, rule_set)
        changes = []
        for index, masked in window.earlier.items():
            earlier[index].body = bodies[index]
            changes.append(Change(earlier[index], masked))
        store_changes(changes, (), rule_set.number)
        note_parts(changes, rule_set.number, now=draft.posted_at)
        sealed = SealedMessage.of(
            window.new,
            draft,
            rule_set_number=rule_set.number,
            accepts=rule_set.accepts,
            signed_only=rule_set.signed_only,
        )
        return committer.commit(sealed)


def _earlier(draft: Draft) -> list[Message]:
    """The last messages of both parties, oldest first; a repeat of this one is not among them."""
    rows = Message.objects.of(draft.conversation_id).filter(posted_at__gte=draft.posted_at - WINDOW)
    rows = rows.exclude(author_id=draft.author_id, client_id=draft.client_id).select_related("conversation")
    # Locked: a re-scan may be masking one of them, and what is read before it must not be written over it.
    locked = rows.select_for_update(of=("self",))
    return list(reversed(locked.order_by("-sequence")[:REMEMBERED]))


@sensitive_variables("text")
def _masked_together(
    draft: Draft, text: str, earlier: Sequence[Message], surface: Surface, rule_set: RuleSetInForce
) -> tuple[WindowMasking, dict[int, bytes]]:
    windows: list[WindowMasking] = []

    def changed(texts: list[str]) -> dict[int, str]:
        said = [Utterance(_by(row.author_kind), before) for row, before in zip(earlier, texts, strict=True)]
        windows.append(ingest_part(text, surface=surface, rule_set=rule_set, previous=said))
        return {index: masked.text for index, masked in windows[0].earlier.items()}

    envelopes = [(Message.slot(row.tenant_id, draft.contact_id, row.id), bytes(row.body)) for row in earlier]
    bodies = reseal_together(envelopes, changed)
    return windows[0], bodies


def _by(author_kind: str) -> str:
    return VISITOR if author_kind == AuthorKind.VISITOR else AGENT
