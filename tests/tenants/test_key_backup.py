import stat

import pytest
from django.core.management import CommandError, call_command

from tenants.kms.backup import UnreadableBackupError, WeakPassphraseError, open_backup, seal_backup

PASSPHRASE = "correct horse battery staple"
KEYS = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def test_a_backup_opens_with_its_passphrase_only():
    backup = seal_backup(KEYS, PASSPHRASE)

    assert KEYS not in backup
    assert open_backup(backup, PASSPHRASE) == KEYS
    with pytest.raises(UnreadableBackupError):
        open_backup(backup, PASSPHRASE + "!")


@pytest.mark.parametrize("text", ["", "nonsense", "hushdesk-keys-1 AAAA AAAA", "other-keys-1 AAAA AAAA"])
def test_another_file_is_no_backup(text):
    with pytest.raises(UnreadableBackupError):
        open_backup(text, PASSPHRASE)


def test_a_short_passphrase_is_refused():
    with pytest.raises(WeakPassphraseError):
        seal_backup(KEYS, "short")


def test_the_command_writes_a_private_file_once_and_reads_it_back(settings, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BACKUP_PASSPHRASE", PASSPHRASE)
    file = tmp_path / "keys.backup"

    call_command("back_up_keys", file)
    call_command("back_up_keys", file, restore=True)

    assert settings.KEY_ENCRYPTION_KEYS in capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("back_up_keys", file)
