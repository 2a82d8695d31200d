import getpass
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from helpdesk.env import env_str
from tenants.kms.backup import UnreadableBackupError, WeakPassphraseError, open_backup, seal_backup


class Command(BaseCommand):
    """Write or read a copy of the local key-encryption keys under a passphrase."""

    help = (
        "Write the key-encryption keys to FILE under a passphrase, to keep apart from this machine. "
        "Whoever loses these keys loses everything sealed under them. With --restore, print the keys of FILE."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="The backup file; an existing one is not overwritten.")
        parser.add_argument("--restore", action="store_true", help="Read FILE and print the keys.")

    def handle(self, *_args: Any, file: Path, restore: bool, **_options: Any) -> None:
        try:
            if restore:
                self.stdout.write(open_backup(file.read_text(encoding="ascii"), self._passphrase(repeat=False)))
            else:
                self._write(file, seal_backup(settings.KEY_ENCRYPTION_KEYS, self._passphrase(repeat=True)))
                self.stderr.write(f"Written to {file}. Keep it and the passphrase apart from this machine.")
        except (UnreadableBackupError, WeakPassphraseError) as error:
            raise CommandError(str(error)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {getattr(error, 'strerror', None) or 'not a backup of keys'}") from None

    @staticmethod
    def _write(file: Path, text: str) -> None:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as backup:
            backup.write(text)

    @staticmethod
    def _passphrase(*, repeat: bool) -> str:
        """Ask twice, or take BACKUP_PASSPHRASE or the file of BACKUP_PASSPHRASE_FILE; never an argument."""
        if given := env_str("BACKUP_PASSPHRASE", ""):
            return given
        passphrase = getpass.getpass("Passphrase: ")
        if repeat and getpass.getpass("Again: ") != passphrase:
            raise CommandError("the two passphrases differ")
        return passphrase
