"""Modules that a page names beforehand."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template

from helpdesk.core.templatetags.modules import UnknownModuleError, with_imports


def test_a_module_s_imports_are_found_however_deep_each_once_and_none_that_is_fetched_when_needed():
    found = with_imports("chat/widget/main.js")

    assert found[0] == "chat/widget/main.js"
    assert {"chat/shared/thread.js", "chat/shared/socket.js", "core/js/times.js"} < set(found)
    assert len(found) == len(set(found))
    assert "chat/shared/masking.js" not in found


def test_each_is_named_with_the_page_s_nonce():
    page = Template('{% load modules %}{% preload_modules "core/js/page.js" %}')

    drawn = page.render(Context({"request": SimpleNamespace(csp_nonce="n0nce")}))

    assert drawn.count('rel="modulepreload"') == drawn.count('nonce="n0nce"') == len(with_imports("core/js/page.js"))
    assert "/static/core/js/times" in drawn


def test_a_module_that_is_not_there_is_an_error():
    with pytest.raises(UnknownModuleError):
        with_imports("core/js/nowhere.js")
