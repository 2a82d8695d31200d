"""How much, and how slowly, anybody may send."""

import asyncio

from helpdesk.core.bodies import FILE_BYTES, PAGE_BYTES, BodyLimits

FILES = "/w/abc/files"


class Asked:
    """A request, and an application that reads all of it and then answers, as Django's handler does."""

    def __init__(self, path, pieces, *, announced=None, method="POST", **limits):
        self.scope = {"type": "http", "path": path, "method": method, "headers": []}
        if announced is not None:
            self.scope["headers"].append((b"content-length", str(announced).encode()))
        self.pieces, self.taken, self.answers = list(pieces), 0, []
        self.limits = BodyLimits(self.application, **limits)

    async def receive(self):
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or piece == b"..."}

    async def send(self, message):
        self.answers.append(message)

    async def application(self, scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.taken += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def answer(self):
        await self.limits(self.scope, self.receive, self.send)
        return [one["status"] for one in self.answers if one["type"] == "http.response.start"]


async def test_a_body_within_its_limit_is_taken():
    assert await Asked("/sign-in/", [b"x" * PAGE_BYTES]).answer() == [200]
    assert await Asked(FILES, [b"x" * (PAGE_BYTES + 1), b"y"]).answer() == [200]
    assert await Asked("/o/acme/conversations/1/files/", [b"x" * (PAGE_BYTES + 1)]).answer() == [200]


async def test_what_says_that_it_is_too_long_is_not_read():
    for path, most in (("/sign-in/", PAGE_BYTES), (FILES, FILE_BYTES)):
        asked = Asked(path, [b"x"], announced=most + 1)

        assert await asked.answer() == [413]
        assert asked.taken == 0


async def test_what_becomes_too_long_is_cut_off_there():
    piece = b"x" * 1_000_000
    asked = Asked(FILES, [piece] * 100)

    assert await asked.answer() == [413]
    assert asked.taken <= FILE_BYTES
    assert len(asked.pieces) > 70


async def test_a_page_takes_no_more_where_a_file_s_address_is_asked_in_another_way():
    assert await Asked(FILES, [b"x" * (PAGE_BYTES + 1)], method="PUT").answer() == [413]
    assert await Asked(f"{FILES}/more", [b"x" * (PAGE_BYTES + 1)]).answer() == [413]


async def test_whoever_falters_is_not_waited_for():
    asked = Asked(FILES, [b"..."], pause_s=0.01)

    assert await asked.answer() == [408]
    assert asked.limits.files == 0


async def test_whoever_sends_a_little_again_and_again_is_not_waited_for_for_ever():
    asked = Asked(FILES, [b"..."] * 1000, whole_s=0.0)

    assert await asked.answer() == [408]


async def test_so_many_files_come_in_at_once_and_more_are_told_to_wait():
    limits = BodyLimits(lambda *_: asyncio.Event().wait(), at_once=2)
    first = [asyncio.create_task(limits(Asked(FILES, []).scope, None, None)) for _ in range(2)]
    await asyncio.sleep(0)
    third = Asked(FILES, [b"x"])

    await limits(third.scope, third.receive, third.send)

    assert third.answers[0]["status"] == 503
    for task in first:
        task.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    assert limits.files == 0


async def test_the_end_of_the_other_side_is_still_heard_after_the_body():
    asked = Asked("/", [b"x"], pause_s=0.01)
    heard = []

    async def application(scope, receive, send):
        heard.append(await receive())
        waits = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({waits}, timeout=0.05)
        heard.append(done)
        waits.cancel()

    asked.limits.application = application
    await asked.answer()

    assert heard[0]["body"] == b"x"
    # Not taken for slow: there is nothing more to come.
    assert heard[1] == set()
