"""Read configuration from the environment; a bad value stops the process with a clear message."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

TRUE_WORDS: Final = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS: Final = frozenset({"0", "false", "no", "off", ""})


class BadSettingError(Exception):
    """An environment variable is missing or cannot be understood; the value itself is not shown."""


def env_str(name: str, default: str | None = None) -> str:
    """Return NAME, or the content of the file that NAME_FILE points to, or `default`.

    Raises:
        BadSettingError: Neither is set and there is no default, or the file cannot be read.
    """
    if (path := os.environ.get(f"{name}_FILE")) is not None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSettingError(f"{name}_FILE cannot be read: {error.strerror}") from error
    if (value := os.environ.get(name)) is not None:
        return value
    if default is None:
        raise BadSettingError(f"{name} (or {name}_FILE) must be set")
    return default


def env_secret(name: str, demo_file: Path) -> str:
    """Return a secret from NAME or NAME_FILE, or the one the demo made in its data directory.

    Raises:
        BadSettingError: There is none. A secret has no default.
    """
    if name in os.environ or f"{name}_FILE" in os.environ or not demo_file.is_file():
        return env_str(name)
    return demo_file.read_text(encoding="utf-8").strip()


def env_bool(name: str, *, default: bool) -> bool:
    """Return NAME as a yes or no. An unknown word is an error, not a no."""
    word = os.environ.get(name)
    if word is None:
        return default
    if word.strip().lower() in TRUE_WORDS:
        return True
    if word.strip().lower() in FALSE_WORDS:
        return False
    raise BadSettingError(f"{name} must be one of true, false, 1, 0, yes, no, on, off")


def env_bool_here(name: str, *, host: str) -> bool:
    """Return NAME as a yes or no, where yes is for the demo and tests alone: under a name of this machine.

    Raises:
        BadSettingError: It is yes, and the service is reached by another name.
    """
    is_on = env_bool(name, default=False)
    if is_on and not f".{host}".endswith(".localhost"):
        raise BadSettingError(f"{name} is for the demo and tests alone, under a name that ends in .localhost")
    return is_on


def env_int(name: str, *, default: int) -> int:
    """Return NAME as a whole number."""
    text = os.environ.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise BadSettingError(f"{name} must be a whole number") from None


def env_given(name: str) -> bool:
    """Return whether NAME or NAME_FILE is set."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def env_list(name: str, *, default: str = "") -> list[str]:
    """Return NAME split at commas, without blanks."""
    return [part for part in map(str.strip, env_str(name, default).split(",")) if part]


def env_networks(name: str) -> list[str]:
    """Return NAME split at commas as networks, an address alone as the network of itself. A bad one is an error."""
    try:
        return [str(ipaddress.ip_network(part, strict=False)) for part in env_list(name)]
    except ValueError:
        raise BadSettingError(f"{name} must be addresses or networks, such as 203.0.113.0/24") from None


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The parts of `postgresql://user:password@host:port/name?host=/socket/dir&option=…`."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: Mapping[str, str]

    @classmethod
    def parse(cls, name: str, url: str) -> "DatabaseUrl":
        """Take a database URL apart; `name` is the variable to speak of in errors."""
        parts = urlsplit(url)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise BadSettingError(f"{name} must start with postgresql://")
        if not parts.path.strip("/"):
            raise BadSettingError(f"{name} names no database")
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        return cls(
            name=unquote(parts.path.strip("/")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=options.pop("host", "") or (parts.hostname or ""),
            port=options.pop("port", "") or str(parts.port or ""),
            options=options,
        )

    def django(self) -> dict[str, object]:
        """Return the entry for Django's DATABASES."""
        return {
            "ENGINE": "helpdesk.core.postgresql",
            "NAME": self.name,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": self.host,
            "PORT": self.port,
            "OPTIONS": dict(self.options),
        }


def env_database(name: str, default: str | None = None) -> dict[str, object]:
    """Return NAME, a PostgreSQL URL, as an entry for DATABASES."""
    return DatabaseUrl.parse(name, env_str(name, default)).django()
