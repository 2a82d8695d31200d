"""The baseline that only reads and writes frames answers as the load expects of the chat."""

import asyncio
import json
from uuid import uuid4

from tests.bench.chat import baselines


def test_frames_alone_open_sessions_and_tell_sender_and_member():
    conversation, client_id = str(uuid4()), str(uuid4())
    position = [{"conversation": conversation, "after_sequence": 0}]
    told, serving = {"member": [], "visitor": []}, []

    async def run():
        application = baselines.frames()

        def socket(side, path):
            inward = asyncio.Queue()
            inward.put_nowait({"type": "websocket.connect"})

            async def send(event):
                told[side].append(event)

            serving.append(asyncio.ensure_future(application({"type": "websocket", "path": path}, inward.get, send)))
            return lambda **frame: inward.put_nowait(
                {"type": "websocket.receive", "text": json.dumps({"v": 1, **frame}, separators=(",", ":"))}
            )

        member, visitor = socket("member", "/ws/agent/acme/"), socket("visitor", "/ws/visitor/")
        member(type="session.open", conversations=position)
        visitor(type="session.open", ticket="t", conversations=position)
        for _ in range(5):
            await asyncio.sleep(0)
        visitor(type="message.post", client_id=client_id, conversation=conversation, text='Say "hello"')
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(run())

    frames = {
        side: [json.loads(event["text"]) for event in events if event["type"] == "websocket.send"]
        for side, events in told.items()
    }
    assert [frame["type"] for frame in frames["member"]] == ["session.opened", "message.posted"]
    assert [frame["type"] for frame in frames["visitor"]] == [
        "session.opened",
        "message.acknowledged",
        "message.posted",
    ]
    assert frames["member"][1]["text"] == 'Say "hello"'
    assert frames["member"][1]["client_id"] == client_id
