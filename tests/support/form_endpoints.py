"""Systems of an organisation's own, on this machine: one that opens what it gets, one that does what it is told."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.server import ROOT

_SPEC: Any = importlib.util.spec_from_file_location("form_receiver", ROOT / "docs/examples/form_receiver.py")
#: The receiver that stands among the documents.
form_receiver: Final = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(form_receiver)


def new_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def pem_of(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Serve until the block ends; give the address."""
    server.daemon_threads = True
    # Asked to stop it looks twice a second by default.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/forms"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Odd:
    """A system that answers what it is told to, and remembers what it got."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    #: Done in the middle of a request, before the answer.
    meanwhile: Callable[[], object] = lambda: None
    #: Sends its answer byte by byte, and never ends: from the first byte on, or from what follows its headers.
    drips: bool = False
    drips_body: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def server(self) -> ThreadingHTTPServer:
        odd = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                odd.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                odd.meanwhile()
                with suppress(OSError):
                    odd.answer(self)

            def log_message(self, *_: object) -> None:
                return

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, to: Any) -> None:
        if not self.drips:
            to.send_response(self.status)
            for name, value in self.headers.items():
                to.send_header(name, value)
            to.end_headers()
        while self.drips or self.drips_body:
            to.wfile.write(b"H")
            to.wfile.flush()
            threading.Event().wait(0.02)
        to.wfile.write(self.body)
