"""Folders of an account, also of one without a home."""

import os
import sys
from pathlib import Path

import pytest

from edgechaos_tui.cli.main import main
from engine.storage.errors import SessionError
from engine.storage.user_folders import cache_folder, config_folder, data_folder, expanded


def test_an_account_without_a_home_keeps_nothing_in_the_current_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(SessionError, match="set HOME, or name a folder with --sessions"):
        data_folder()
    for folder in (cache_folder(), config_folder()):
        assert folder.is_absolute()
        assert str(os.getuid()) in str(folder)


def test_a_home_that_nobody_has_stays_as_it_was_typed() -> None:
    assert expanded("~nosuchuser/data") == Path("~nosuchuser/data")
    assert expanded("~") == Path.home()


@pytest.mark.parametrize("arguments", [["sessions"], ["show", "x"], ["sessions", "--json"]])
def test_commands_say_it_in_a_sentence(
    tmp_path: Path,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "EDGECHAOS_SESSIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr(sys, "argv", ["edgechaos-tui", *arguments])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("edgechaos-tui: this account has no home folder")
    assert list(tmp_path.iterdir()) == []
