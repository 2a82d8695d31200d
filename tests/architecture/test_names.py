"""Names outside the database say whose they are, and are built in one place."""

import ast
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from chat import groups
from helpdesk.core import names
from helpdesk.core.names import BadNameError
from helpdesk.core.ratelimit import Limit

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for app in ("helpdesk", "tenants", "compliance", "chat") for path in sorted((ROOT / app).rglob("*.py"))
           if "migrations" not in path.parts and path.name != "names.py"]  # fmt: skip
# A word and a colon or stop before something filled in: how a key or a channel begins.
BEGINS = re.compile(r"[a-z][a-z_-]*[:.]")
# Names of pages and of modules.
OTHERS = {"admin:", "stdnum."}
CLIENTS = {"client", "async_client", "new_listener"}


def begins_a_name(node):
    if isinstance(node, ast.JoinedStr) and len(node.values) > 1:
        first = node.values[0]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        first = node.left
    else:
        return False
    text = str(first.value) if isinstance(first, ast.Constant) else ""
    return text not in OTHERS and BEGINS.fullmatch(text)


def asks_valkey_by_itself(node):
    """A call on one of our clients whose key is put together on the spot."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    of = node.func.value
    called = of.func if isinstance(of, ast.Call) else None
    on_client = getattr(called, "attr", getattr(called, "id", "")) in CLIENTS
    return on_client and isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.Constant)


def built_elsewhere(source):
    return [node.lineno for node in ast.walk(ast.parse(source)) if begins_a_name(node) or asks_valkey_by_itself(node)]


def test_no_key_or_channel_is_put_together_outside_its_place():
    assert {str(path): lines for path in SOURCES if (lines := built_elsewhere(path.read_text()))} == {}


@pytest.mark.parametrize(
    "line",
    [
        'name = f"chat:{tenant_id}:team"',
        'name = "key." + str(tenant_id)',
        'valkey.client().set("seen", 1)',
        "valkey.async_client().publish(PREFIX + str(tenant_id), b'')",
        "client().get(f'{tenant_id}')",
    ],
)
def test_one_that_was_would_be_seen(line):
    assert built_elsewhere(line) == [1]


ACME, GLOBEX = uuid4(), uuid4()


@pytest.mark.parametrize(
    "name",
    [
        lambda tenant: names.key("ticket", tenant, "1"),
        lambda tenant: names.channel("chat", tenant, "1"),
        lambda tenant: names.cached("page", tenant, "1"),
        lambda tenant: names.file("attachment", tenant, "1.bin"),
        lambda tenant: groups.conversation(tenant, ACME),
        groups.team,
        lambda tenant: Limit("tries", 1, 1)._bucket(tenant, "someone"),
    ],
)
def test_two_organisations_never_share_a_name(name):
    assert str(ACME) in name(ACME)
    assert name(ACME) != name(GLOBEX)
    assert names.tenant_of(name(GLOBEX).replace("/", ":")) == GLOBEX


@pytest.mark.parametrize("part", ["", "a:b", "a/b", "..", ".hidden", "*", "a b", "é", "x" * 129])
def test_a_part_that_could_be_another_name_is_refused(part):
    for make in (names.key, names.channel, names.cached, names.file):
        with pytest.raises(BadNameError):
            make("kind", ACME, part)


def test_what_comes_before_an_organisation_is_known_says_so():
    assert names.key("ticket", None, "1") == "ticket:all:1"
    with pytest.raises(BadNameError):
        names.tenant_of("ticket:all:1")


def test_the_cache_takes_no_entry_that_does_not_say_whose_it_is():
    entry = names.cached("page", ACME, "front")
    cache.set(entry, "kept", 5)

    assert cache.get(entry) == "kept"
    assert cache.get(names.cached("page", GLOBEX, "front")) is None
    with pytest.raises(BadNameError):
        cache.set("page", "for everyone")


def test_no_file_is_stored_that_does_not_say_whose_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "location", str(tmp_path), raising=False)
    monkeypatch.setattr(default_storage, "base_location", str(tmp_path), raising=False)

    kept = default_storage.save(names.file("attachment", ACME, "1.bin"), ContentFile(b"bytes"))

    assert (tmp_path / "attachment" / str(ACME) / "1.bin").read_bytes() == b"bytes"
    assert str(ACME) in kept
    with pytest.raises(BadNameError):
        default_storage.save("1.bin", ContentFile(b"bytes"))
