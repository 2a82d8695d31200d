from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations, in real time."""

    name = "chat"

    def ready(self) -> None:
        from chat import holds, receivers  # noqa: F401 (connects the receivers, once models are there)
        from chat.actions.reindexing import ContactTokens, DetailsOfContact
        from chat.actions.resealing import FileKeysOfContact, MessagesOfContact
        from chat.actions.resealing_columns import ArchiveKeysOfContact, TextsOfContact, TextsOfOrganisation
        from chat.actions.row_secrets import SecretsOfRows
        from chat.expiring import every_class
        from chat.processing import OF_CHAT, recipients
        from chat.record_stores import ConversationStore
        from chat.sealed_sample import SealedMessages
        from chat.selectors import is_chatting
        from compliance import disposal, pace, registry
        from compliance.processing import terms
        from tenants.keyring import uses
        from tenants.keyring.models import Purpose

        registry.register(ConversationStore())
        registry.register_sample(SealedMessages())
        for expiring in every_class():
            registry.register_expiring(expiring)
        terms.register("chat", OF_CHAT, recipients)
        disposal.keep_from_disposal(holds.forbids)
        pace.register_pulse(is_chatting)
        uses.register(uses.CONTACT, MessagesOfContact())
        uses.register(uses.CONTACT, FileKeysOfContact())
        uses.register(uses.CONTACT, ArchiveKeysOfContact())
        uses.register(uses.CONTACT, TextsOfContact())
        uses.register(Purpose.CONTENT.value, TextsOfOrganisation())
        uses.register(uses.CONTACT, DetailsOfContact())
        uses.register(Purpose.INDEX.value, ContactTokens())
        uses.register(Purpose.EXPORT.value, SecretsOfRows())
        _hand_out_what_is_asked_for()


def _hand_out_what_is_asked_for() -> None:
    """Let whoever decides a request for access send the job that is above the doors to plaintext on its way."""
    from chat.actions import request_deciding
    from chat.archive_building import build_archive

    request_deciding.hand_out_by(build_archive)
