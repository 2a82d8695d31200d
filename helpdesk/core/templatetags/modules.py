"""Modules named to the browser before it has read which imports which, so that they come all at once."""

import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Not what is imported only when it is needed.
IMPORT: Final = re.compile(r"""^import\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)


class UnknownModuleError(Exception):
    """A module that is imported is not among the static files."""


@cache
def with_imports(module: str) -> tuple[str, ...]:
    """Return a module and what it imports, however deep, as static files are named.

    Raises:
        UnknownModuleError: One of them is not there.
    """
    found: dict[str, None] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        path = finders.find(name)
        if not isinstance(path, str):
            raise UnknownModuleError(name)
        imported = IMPORT.findall(Path(path).read_text(encoding="utf-8"))
        waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), one)) for one in imported]
    return tuple(found)


@register.simple_tag(takes_context=True)
def preload_modules(context: Any, module: str) -> SafeString:
    """Tell the browser of a module and all that it imports."""
    nonce = context["request"].csp_nonce
    links = ((static(name), nonce) for name in with_imports(module))
    return format_html_join("", '<link rel="modulepreload" href="{}" nonce="{}">', links)
