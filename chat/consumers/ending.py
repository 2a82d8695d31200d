"""A visitor's socket as far as it is about the end of a conversation: how it was, and its transcript."""

from chat.actions import limits, mailed_links, ratings
from chat.consumers.waiting import WaitingConsumer
from chat.protocol.commands import AskEnding, AskTranscript, GiveRating
from helpdesk.core import clock
from helpdesk.core.threads import in_thread


class EndingConsumer(WaitingConsumer):
    """Each is answered by what can be done from then on."""

    async def ask_ending(self, command: AskEnding) -> None:
        await self.look_for_beginning()
        await self._tell_ending(command)

    async def give_rating(self, command: GiveRating) -> None:
        await self.slow_down(limits.ENDINGS, self.visitor.token_hash.hex())
        await self.look_for_beginning()
        await in_thread(
            ratings.give_rating, visitor=self.visitor, conversation_id=command.conversation, value=command.value,
            comment=command.comment, now=clock.now(),
        )  # fmt: skip
        await self._tell_ending(command)

    async def ask_transcript(self, command: AskTranscript) -> None:
        await self.slow_down(limits.TRANSCRIPTS, self.visitor.token_hash.hex())
        await self.look_for_beginning()
        await in_thread(
            mailed_links.ask_transcript, visitor=self.visitor, conversation_id=command.conversation, now=clock.now()
        )
        await self._tell_ending(command)

    async def _tell_ending(self, command: AskEnding | GiveRating | AskTranscript) -> None:
        self.emit(
            await in_thread(
                ratings.ending_of, visitor=self.visitor, conversation_id=command.conversation, now=clock.now()
            )
        )
