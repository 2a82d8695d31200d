"""Have a file decoded by the workbench, a process of its own, and learn what came of it."""

import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

from chat.files import workbench
from chat.files.kinds import FileRefusedError

WITHIN_S: Final = 60
_SCRIPT: Final = Path(workbench.__file__)


def decoded(work: Literal["picture", "document", "every-page"], content: bytes) -> bytes:
    """Return a picture made anew, or the text of a document.

    Raises:
        FileRefusedError: Nothing can be made of it: `why` is one of the workbench's reasons.
    """
    try:
        # With an empty environment: whatever a file makes of its decoder, there is nothing to be found.
        done = subprocess.run(
            [sys.executable, "-I", str(_SCRIPT), work], input=content, capture_output=True, timeout=WITHIN_S, env={},
            cwd="/", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise FileRefusedError("undecodable") from None
    if done.returncode:
        raise FileRefusedError(workbench.REFUSALS.get(done.returncode, "undecodable"))
    return done.stdout
