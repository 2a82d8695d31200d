"""One request to a system of somebody else's, in bounded time, of which no more is read than may be said."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from chat.secure_forms.public_address import NotPublicError, PinnedConnection, PublicAddress, UnknownHostError

#: From the first look-up to the last byte: what is under way when something ends it is over within five seconds.
CALL_S: Final = 4.0


class NotReachedError(Exception):
    """It was not reached, or can't now: worth another try. `why`: a name out of the code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotTakenError(Exception):
    """It does not take it, or may not be asked: again would be no better. `why`: a name out of the code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def request(
    address: str, *, body: bytes | None, headers: Mapping[str, str], most_bytes: int, method: str = "POST"
) -> tuple[int, bytes]:
    """Return the status and the beginning of the answer: one byte more than may be, so that too much is seen.

    Raises:
        NotReachedError: Nobody answered in time.
        NotTakenError: It is at no public address.
    """
    told = {"User-Agent": "Hushdesk", "Connection": "close", **headers}
    try:
        to = PublicAddress.of(address)
        with _in_time(to.dialled(until=time.monotonic() + CALL_S)) as line:
            line.request(method, to.path, body, told)
            response = line.getresponse()
            answer = response.status, response.read(most_bytes + 1)
    except ssl.SSLCertVerificationError:
        raise NotReachedError("certificate") from None
    except (NotPublicError, ValueError):
        raise NotTakenError("not_public") from None
    except UnknownHostError:
        raise NotReachedError("unknown_host") from None
    except (OSError, http.client.HTTPException):
        raise NotReachedError("silent") from None
    return answer


@contextmanager
def _in_time(line: PinnedConnection) -> Iterator[PinnedConnection]:
    """Open a connection, and cut it when its time is over: a time-out of a socket begins anew with every byte."""
    is_over = threading.Event()
    try:
        line.connect()
        # Of its own: once an answer has begun that ends with the connection, the line itself has let go of its socket.
        held = line.sock

        def cut() -> None:
            is_over.set()
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

        watch = threading.Timer(line.left_s, cut)
        watch.daemon = True
        watch.start()
        try:
            yield line
        finally:
            watch.cancel()
        if is_over.is_set():
            # A body that ends with its connection looks whole.
            raise TimeoutError
    finally:
        line.close()
