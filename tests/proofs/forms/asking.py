"""An organisation that asks visitors to agree, and visitors of it in every state without a receipt."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID, uuid4

from chat import authentication
from chat.actions import consent, messages
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening
from chat.models import Inbox, VisitorSession
from chat.permissions import Visitor
from compliance import rule_sets
from compliance.actions.notices import publish_notice, save_draft
from compliance.models import LawRegion
from compliance.notices.in_force import notices_of
from helpdesk.core import clock
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.consent import agreed, ask_visitors, notices_in
from tests.factories.tenants import make_person, make_tenant, owner_of
from tests.factories.words import new_word

OWN: Final = "A text of our own\n\nPublished after you had read another."


class Case:
    """An organisation that asks, an owner who can change the text, and visitors of it."""

    def __init__(self, tenant: Tenant, inbox: Inbox, other: Tenant, texts: Sequence[str]) -> None:
        self.tenant, self.inbox, self.other, self.texts = tenant, inbox, other, texts

    @classmethod
    def make(cls, texts: Sequence[str]) -> "Case":
        made = []
        for which in ("a", "b"):
            word = f"c{uuid4().hex[:10]}{which}"
            tenant = make_tenant(word, owner=make_person(word, now=clock.now()), now=clock.now())
            ask_visitors(tenant)
            made.append(tenant)
        with tenant_scope(made[0]):
            return cls(made[0], Inbox.objects.get(), made[1], texts)

    def stranger(self) -> tuple[str, Visitor]:
        """A browser that has said nothing yet: its token, and who it is."""
        token = authentication.new_token()
        return token, Visitor(self.tenant.id, self.inbox.id, authentication.token_hash(self.tenant.id, token))

    def false_hashes(self) -> Iterator[bytes | None]:
        """What may be claimed to have been read: nothing, nothing of ours, and another organisation's text."""
        yield None
        yield b"\x00" * 32
        yield notices_in(self.other).of(LawRegion.DEFAULT, "en").digest

    def begun(self) -> tuple[str, Visitor, UUID]:
        """A visitor who has agreed and begun, and said something."""
        token, visitor = self.stranger()
        given = Opening(consent=agreed(self.tenant))
        begun, visitor = start_conversation(visitor=visitor, client_id=uuid4(), now=clock.now(), opening=given)
        messages.post_visitor_message(
            visitor=visitor, conversation_id=begun.id, client_id=uuid4(), text="Hello", kind="public", now=clock.now()
        )
        return token, visitor, begun.id

    def lapsed(self) -> Iterator[tuple[str, Visitor, UUID]]:
        """Visitors in a conversation whose receipt is worth nothing any more."""
        token, visitor, conversation = self.begun()
        consent.withdraw_consent(visitor=visitor, now=clock.now())
        yield token, visitor, conversation
        token, visitor, conversation = self.begun()
        with tenant_scope(self.tenant):
            # As it was stored before anybody was asked.
            VisitorSession.objects.filter(id=visitor.session_id).update(notice_hash=None)
        yield token, visitor, conversation
        token, visitor, conversation = self.begun()
        self.publish()
        yield token, visitor, conversation

    def publish(self) -> None:
        """Let another text be in force, known to this process at once."""
        owner, now, law = owner_of(self.tenant), clock.now(), LawRegion.DEFAULT
        with tenant_scope(self.tenant):
            said = f"{OWN} {new_word()}"
            save_draft(law=law, language="en", body=said, actor=owner, now=now)
            shown = notices_of(self.tenant).preview(law, "en", said).digest
            publish_notice(law=law, language="en", text_hash=shown, actor=owner, now=now)
        rule_sets.forget(self.tenant.id)
