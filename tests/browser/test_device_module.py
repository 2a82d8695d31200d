"""The browser's side of a device: a key that no script can read, and a proof that the server takes."""

import base64

import pytest

from helpdesk.core.signatures import is_signed
from tenants.devices.challenge import PREFIX

MODULE = "tenants/device.js"
# Answers as the server does: a challenge, then a status.
PLACE = """
    const place = document.createElement("div");
    Object.assign(place.dataset, { person: PERSON, challengeUrl: "/challenge", proofUrl: "/proof" });
    const field = Object.assign(document.createElement("input"), { name: "csrfmiddlewaretoken", value: "token" });
    place.append(field);
    const asked = [];
    const fetch = async (url, { body, headers }) => {
      asked.push([url, headers["X-CSRFToken"], body ? Object.fromEntries(body) : null]);
      return url === "/challenge" ? new Response(JSON.stringify({ challenge: "something" })) : { status: STATUS };
    };
"""


def proving(person, status=204, options="{ make: true, place, fetch }"):
    setup = PLACE.replace("PERSON", f'"{person}"').replace("STATUS", str(status))
    return f"async ({{ proveDevice }}) => {{ {setup} return {{ came: await proveDevice({options}), asked }}; }}"


def raw(text):
    return base64.urlsafe_b64decode(text)


def test_a_browser_makes_a_key_and_signs_what_the_server_takes(run_js):
    told = run_js(MODULE, proving("ada"))

    (_, token, _), (_, _, given) = told["asked"]
    point, signature = raw(given["key"]), raw(given["signature"])
    assert (told["came"], token, given["challenge"]) == ("taken", "token", "something")
    assert is_signed(PREFIX + b"something", signature=signature, point=point)
    assert not is_signed(PREFIX + b"something else", signature=signature, point=point)


def test_the_key_stays_the_same_and_no_script_can_read_it(run_js):
    told = run_js(MODULE, """async ({ keyOf }) => {
        const [one, other] = await Promise.all([keyOf("bea", { make: true }), keyOf("bea", { make: true })]);
        const point = async (pair) => [...new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))].join();
        const refusals = [];
        for (const format of ["pkcs8", "jwk"]) {
          await crypto.subtle.exportKey(format, one.privateKey).catch((error) => refusals.push(error.name));
        }
        return { isSame: await point(one) === await point(other), extractable: one.privateKey.extractable, refusals };
    }""")  # fmt: skip

    assert told == {"isSame": True, "extractable": False, "refusals": ["InvalidAccessError"] * 2}


def test_each_person_has_a_key_of_their_own(run_js):
    points = run_js(MODULE, """async ({ keyOf }) => {
        const found = [];
        for (const person of ["cleo", "dora"]) {
          const { publicKey } = await keyOf(person, { make: true });
          found.push(new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)).join());
        }
        return found;
    }""")  # fmt: skip

    assert points[0] != points[1]


@pytest.mark.parametrize(
    ("status", "options", "came"),
    [
        (204, "{ place, fetch }", "no key"),
        (409, "{ make: true, place, fetch }", "carried"),
        (422, "{ make: true, place, fetch }", "failed"),
        (204, "{ place: null, fetch }", "taken"),
    ],
)
def test_what_came_of_it_is_told(run_js, status, options, came):
    assert run_js(MODULE, proving(f"erin-{status}-{len(options)}", status, options))["came"] == came
