"""A virus scanner to talk to where the real one is not: `INSTREAM` as clamd answers it (clamd(8)), and its faults."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

#: EICAR's test file (https://www.eicar.org/download-anti-malware-testfile/), put together so that this is none.
EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"
MAX_STREAM_BYTES: Final = 26_000_000

Fault = Literal["", "hangs up", "answers nonsense", "takes less"]


class Scanner(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine; `fault` is what it does instead, `seen` what it was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.fault: Fault = ""
        self.seen: list[bytes] = []

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    server: Scanner

    def handle(self) -> None:
        if self._line() != b"zINSTREAM" or self.server.fault == "hangs up":
            return
        content, most = b"", 100 if self.server.fault == "takes less" else MAX_STREAM_BYTES
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        self.wfile.write(self._verdict(content) + b"\0")

    def _verdict(self, content: bytes) -> bytes:
        if self.server.fault == "answers nonsense":
            return b"what?"
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"

    def _line(self) -> bytes:
        line = b""
        while (sign := self.rfile.read(1)) not in {b"\0", b""}:
            line += sign
        return line


@contextmanager
def scanning() -> Iterator[Scanner]:
    """Run a scanner for as long as the block lasts."""
    with Scanner() as scanner:
        thread = threading.Thread(target=scanner.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield scanner
        finally:
            scanner.shutdown()
            thread.join()
