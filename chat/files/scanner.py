"""Ask a ClamAV daemon whether a file is known to do harm: `INSTREAM` of its protocol (clamd(8), "COMMANDS")."""

import socket
import struct
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_S: Final = 5.0
ANSWER_S: Final = 60.0
PIECE_BYTES: Final = 64 * 1024
MAX_ANSWER: Final = 4096
_LENGTH: Final = struct.Struct(">I")


class ScannerAwayError(Exception):
    """No scanner is set up, it does not answer, or it could not look at the file."""


def is_harmful(content: bytes) -> bool:
    """Whether the scanner knows a file to do harm. What it calls it is not kept.

    Raises:
        ScannerAwayError: It was not looked at.
    """
    try:
        with _connected() as scanner:
            scanner.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE_BYTES):
                piece = content[start : start + PIECE_BYTES]
                scanner.sendall(_LENGTH.pack(len(piece)) + piece)
            scanner.sendall(_LENGTH.pack(0))
            answer = _answer(scanner)
    except OSError as error:
        raise ScannerAwayError(type(error).__name__) from None
    if answer.endswith(b" FOUND"):
        return True
    # Anything else, such as "INSTREAM size limit exceeded. ERROR", says that it was not looked at whole.
    if answer != b"stream: OK":
        raise ScannerAwayError("no verdict")
    return False


def _connected() -> socket.socket:
    address = urlsplit(settings.CLAMAV_URL)
    if address.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX)
        scanner.settimeout(CONNECT_S)
        try:
            scanner.connect(address.path)
        except OSError:
            scanner.close()
            raise
    elif address.scheme == "tcp" and address.hostname and address.port:
        scanner = socket.create_connection((address.hostname, address.port), timeout=CONNECT_S)
    else:
        raise ScannerAwayError("none is set up")
    scanner.settimeout(ANSWER_S)
    return scanner


def _answer(scanner: socket.socket) -> bytes:
    answer = b""
    while b"\0" not in answer and len(answer) < MAX_ANSWER:
        piece = scanner.recv(MAX_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].strip()
