"""`manage.py make_secrets DIRECTORY`: the files that docker-compose.yml hands to its services."""

import argparse
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from helpdesk.embedded.layout import APPLICATION_ROLE, DATABASE, KEYS_DATABASE, OPERATOR_ROLE, OWNER_ROLE, SUPERUSER
from helpdesk.embedded.secrets import new_key_encryption_key


def main(arguments: Sequence[str]) -> int:
    """Write what is missing; a file that is there is kept, so that nothing sealed becomes unreadable."""
    parser = argparse.ArgumentParser(
        prog="manage.py make_secrets", description="Make the secrets of docker-compose.yml."
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--host", default="postgres", help="where PostgreSQL is reached (default: %(default)s)")
    options = parser.parse_args(arguments)
    directory: Path = options.directory
    # Nobody else may enter; inside, the containers' own users must be able to read.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    made = [name for name, text in texts(directory, options.host) if keep_or_write(directory / name, text)]
    print(f"Made in {directory}: {', '.join(made) or 'nothing; all were there'}.")
    if "key_encryption_keys" in made:
        print("Back up key_encryption_keys, apart from the database: without it nothing that is sealed opens again.")
    return 0


def texts(directory: Path, host: str) -> list[tuple[str, str]]:
    """File names with what they would hold; passwords that are there already are the ones in the URLs."""
    roles = (SUPERUSER, OWNER_ROLE, APPLICATION_ROLE, OPERATOR_ROLE)
    passwords = {role: kept(directory / f"{role}_password") for role in roles}
    return [
        ("secret_key", secrets.token_urlsafe(50)),
        ("key_encryption_keys", new_key_encryption_key(version=1)),
        ("tenant_context_key", secrets.token_urlsafe(48)),
        ("email_host_password", ""),
        ("aws_credentials", ""),
        ("vault_token", ""),
        *((f"{role}_password", password) for role, password in passwords.items()),
        *(
            (f"{prefix}{name}", f"postgresql://{role}:{passwords[role]}@{host}/{database}")
            for prefix, role in (("", APPLICATION_ROLE), ("owner_", OWNER_ROLE), ("operator_", OPERATOR_ROLE))
            for name, database in (("database_url", DATABASE), ("keys_database_url", KEYS_DATABASE))
        ),
        # For a restore drill, which makes databases and reads past row security; nothing else is given it.
        ("restore_server_url", f"postgresql://{SUPERUSER}:{passwords[SUPERUSER]}@{host}/postgres"),
    ]


def kept(path: Path) -> str:
    return path.read_text().strip() if path.exists() else secrets.token_urlsafe(24)


def keep_or_write(path: Path, text: str) -> bool:
    """Write the file unless it is there; returns whether it was written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return True
