"""Every byte of a pack that is another is found, and so is a lie that is signed; a verifier that looks away is not."""

import io
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final
from unittest.mock import patch

from compliance.anchoring import keys
from compliance.evidence.anchored import key_at
from compliance.evidence.writing import PackWriter
from compliance.verifier import evidence, packs
from compliance.verifier.anchors import Anchors, canonical
from compliance.verifier.entries import BrokenError
from compliance.verifier.evidence import CHAIN, MANIFEST, SIGNATURE, check_pack, to_sign
from compliance.verifier.packs import Pack, PackError
from helpdesk.core import ed25519
from tests.proofs.evidence.scene import SEED, Scene, make_scene
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("alterations", "unfound", "deeds", "verifier_mutants", "verifier_mutants_survived")
#: In each part of a pack: what stands before files, files, what stands behind them, and anywhere.
TIMES: Final = 150
SHORT: Final = 30
Files = dict[str, bytes]


def measure(stage: Stage) -> Figures:
    """Do it all to one good pack."""
    scene = make_scene(stage.folder, entries=150, seed=3)
    content, _ = scene.build()
    if not is_good(content):
        raise AssertionError("a good pack is not found good")
    unfound = count = 0
    for place, altered in alterations(content, SHORT if stage.is_short else TIMES):
        count += 1
        if is_good(altered):
            unfound += 1
            say(f"NOT FOUND {place}")
    for name, deed in DEEDS.items():
        if is_good(deed(scene, content)):
            unfound += 1
            say(f"NOT FOUND {name}")
    survived = sorted(name for name in MUTANTS if not is_seen(name, scene, content))
    return {
        "alterations": count, "unfound": unfound, "deeds": len(DEEDS), "verifier_mutants": len(MUTANTS),
        "verifier_mutants_survived": survived,
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """A verifier that looks away would have been found out."""
    return not figures["verifier_mutants_survived"]


def is_good(content: bytes) -> bool:
    """Whether a pack is found to be as it was written."""
    try:
        check_pack(io.BytesIO(content), anchors=Anchors())
    except (PackError, BrokenError):
        return False
    return True


def alterations(content: bytes, times: int) -> Iterator[tuple[str, bytes]]:
    """Yield the pack with one byte of it another, in every kind of place."""
    random = Random(SEED)
    members = list(Pack(io.BytesIO(content)).members.values())
    end = members[-1].start + members[-1].size
    by_name = {member.name: member for member in members}
    spans = [
        ("anywhere", [(0, len(content))]), ("directory", [(end, len(content))]),
        ("headers", [(member.offset, member.start) for member in members]),
        *(
            (name, [(by_name[name].start, by_name[name].start + by_name[name].size)])
            for name in (CHAIN, MANIFEST, SIGNATURE, "report.pdf")
        ),
    ]  # fmt: skip
    for place, parts in spans:
        for _ in range(times):
            first, last = random.choice(parts)
            at = random.randrange(first, last)
            yield f"{place} {at}", content[:at] + bytes([content[at] ^ random.randrange(1, 256)]) + content[at + 1 :]


# --- more than a byte ----------------------------------------------------------------------------------------------


def _files(content: bytes) -> Files:
    pack = Pack(io.BytesIO(content))
    return {name: pack.read(name) for name in pack.members}


def _packed(files: Files) -> bytes:
    out = io.BytesIO()
    writer = PackWriter(out)
    for name, content in files.items():
        writer.add(name, [content])
    writer.close()
    return out.getvalue()


def _another_slug(_: Scene, content: bytes) -> bytes:
    """Of somebody else: nothing but the signature can tell."""
    files = _files(content)
    told = json.loads(files[MANIFEST])
    told["organisation"]["slug"] = "globex"
    return _packed({**files, MANIFEST: canonical(told)})


def _without_a_file(_: Scene, content: bytes) -> bytes:
    files = _files(content)
    del files["report.pdf"]
    return _packed(files)


def _more_behind(_: Scene, content: bytes) -> bytes:
    return content + b"\n"


def _cut(_: Scene, content: bytes) -> bytes:
    return content[:-1]


def _signed_lie(scene: Scene, content: bytes) -> bytes:
    """Fewer exceptions than there are, in every file that tells them, signed by the service's own key."""
    files = _files(content)
    told = json.loads(files[MANIFEST])
    lied = next(one for one in told["controls"] if sum(one["exceptions"]))
    lied["exceptions"] = [0 for _ in lied["exceptions"]]
    for framework in evidence.FRAMEWORKS:
        files[evidence.section_of(framework)] = evidence.section(told, framework).encode()
    return _signed(scene, files, told)


def _signed_cut(scene: Scene, content: bytes) -> bytes:
    """An entry left out of the chain, signed by the service's own key."""
    files = _files(content)
    told = json.loads(files[MANIFEST])
    lines = files[CHAIN].splitlines(keepends=True)
    del lines[len(lines) // 2]
    files[CHAIN] = b"".join(lines)
    told["chain"]["entries"] -= 1
    return _signed(scene, files, told)


def _signed(scene: Scene, files: Files, told: dict[str, Any]) -> bytes:
    bare = {name: content for name, content in files.items() if name not in {MANIFEST, SIGNATURE}}
    writer = PackWriter(io.BytesIO())
    for name, content in bare.items():
        writer.add(name, [content])
    signed = canonical({**told, "files": writer.files})
    key = key_at(scene.period.end, now=scene.period.end)
    signature = canonical({"key": key.public, "signature": keys.sign(key, to_sign(signed)).hex()})
    return _packed({**bare, MANIFEST: signed, SIGNATURE: signature})


def _another_key(_: Scene, content: bytes) -> bytes:
    """A key of nobody's under the right signature."""
    files = _files(content)
    told = json.loads(files[SIGNATURE])
    told["key"] = ed25519.public_of(ed25519.make_seed()).hex()
    return _packed({**files, SIGNATURE: canonical(told)})


DEEDS: Final[dict[str, Callable[[Scene, bytes], bytes]]] = {
    "of another organisation": _another_slug, "a file left out": _without_a_file, "something behind": _more_behind,
    "cut": _cut, "a lie that is signed": _signed_lie, "an entry left out, and signed": _signed_cut,
    "another key": _another_key,
}  # fmt: skip


# --- a verifier that looks away must be found out ------------------------------------------------------------------


def _no_signature(signature: bytes, manifest: bytes) -> str:
    del manifest
    return str(json.loads(signature)["key"])


def _no_figures(pack: Pack, manifest: Any, anchors: Anchors) -> Any:
    return evidence.check(pack.text(CHAIN), anchors)


def _time_of_first(scene: Scene, content: bytes) -> bytes:
    """Another time in the header of the first file, as a program would write it that packs anew."""
    del scene
    return content[:10] + b"\x01" + content[11:]


MUTANTS: Final[dict[str, tuple[Callable[[], Any], Callable[[Scene, bytes], bytes]]]] = {
    "the signature is not looked at": (lambda: patch.object(evidence, "_signer", _no_signature), _another_slug),
    "figures are not counted again": (lambda: patch.object(evidence, "_check_figures", _no_figures), _signed_lie),
    "headers are not compared": (lambda: patch.object(packs.Pack, "_compare", lambda *_: None), _time_of_first),
}


def is_seen(name: str, scene: Scene, content: bytes) -> bool:
    """Whether a deed goes unseen by the mutant, which the figure above would then tell."""
    mutant, deed = MUTANTS[name]
    altered = deed(scene, content)
    with mutant():
        return is_good(altered)
