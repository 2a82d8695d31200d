"""Static files are answered before Django's own handler, with the headers that every answer has."""

import gzip
from pathlib import Path

import httpx
import pytest
from django.contrib.staticfiles import finders

from helpdesk.core.staticfiles import StaticFiles

STYLES = "/static/core/css/base.css"


async def left_to_the_application(scope, receive, send):
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def by_name(settings):
    """As in the demo: whoever edits a file sees it at once."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def gathered(settings, tmp_path):
    """As in a deployment: one folder, read once."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    settings.STATIC_ROOT = str(tmp_path)
    (tmp_path / "quiet.js").write_text("export const quiet = true;\n" * 9)
    (tmp_path / "quiet.js.gz").write_bytes(gzip.compress((tmp_path / "quiet.js").read_bytes()))
    return tmp_path


async def ask(path, *, method="GET", host="app.localhost", **headers):
    client = httpx.AsyncClient(transport=httpx.ASGITransport(StaticFiles(left_to_the_application)))
    async with client:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, f"http://{host}{path}", headers={"accept-encoding": "", **named})


async def test_a_file_has_the_headers_that_every_answer_has(by_name):
    answer = await ask(STYLES)

    assert (answer.status_code, answer.content) == (200, Path(finders.find("core/css/base.css")).read_bytes())
    assert answer.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Cache-Control"] == "max-age=60, public"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Request-Id"] != (await ask(STYLES)).headers["X-Request-Id"]


async def test_what_a_browser_holds_already_is_not_sent_again(by_name):
    first = await ask(STYLES)

    again = await ask(STYLES, if_none_match=first.headers["ETag"])
    head = await ask(STYLES, method="HEAD")
    part = await ask(STYLES, range="bytes=2-5")

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(first.content)))
    assert (part.status_code, part.content) == (206, first.content[2:6])
    assert (await ask(STYLES, method="POST")).status_code == 405


async def test_a_gathered_file_is_sent_as_small_as_the_browser_takes_it(gathered):
    plain = await ask("/static/quiet.js")
    small = await ask("/static/quiet.js", accept_encoding="gzip, br")

    assert plain.content == small.content == (gathered / "quiet.js").read_bytes()
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) < len(plain.content)
    assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"


async def test_without_tls_there_is_no_file_where_there_is_no_page(by_name, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = await ask(STYLES)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://app.localhost{STYLES}")


@pytest.mark.parametrize("host", ["forms.app.localhost", "vault.app.localhost", "shop.localhost"])
async def test_files_are_the_same_under_every_host_of_ours(by_name, settings, host):
    settings.ALLOWED_HOSTS = ["app.localhost", "forms.app.localhost", "vault.app.localhost", "shop.localhost"]

    assert (await ask(STYLES, host=host)).content == (await ask(STYLES)).content


async def test_under_a_host_that_is_not_ours_there_are_none(by_name, settings):
    settings.ALLOWED_HOSTS = ["app.localhost"]

    assert (await ask(STYLES, host="evil.example")).status_code == 299


@pytest.mark.parametrize("mode", ["by_name", "gathered"])
@pytest.mark.parametrize(
    "path",
    [
        "/healthz", "/static", "/static/", "/static/core", "/static/core/none.css", "/staticfiles/core/css/base.css",
        "/static/..%2f..%2fmanage.py", "/static/%2e%2e/%2e%2e/manage.py", "/static/%2fetc%2fpasswd",
        "/static/core/..%2fcore/css/base.css", "/static/%ff", "/static/a%00b", "/static/" + 5000 * "a",
    ],
)  # fmt: skip
async def test_what_is_no_file_is_left_to_the_application(request, mode, path):
    request.getfixturevalue(mode)

    assert (await ask(path)).status_code == 299
