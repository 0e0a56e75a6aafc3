from pathlib import Path

import pytest

from edgechaos_tui.control import logout


def _logind(root: Path, text: str, name: str = "etc/systemd/logind.conf") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nothing_to_foresee_on_a_plain_machine(tmp_path: Path) -> None:
    assert logout.foresee({"XDG_SESSION_ID": "1"}, tmp_path) == logout.Logout()


@pytest.mark.parametrize(
    "text", ["[Login]\nKillUserProcesses=no", "[Login]\n#KillUser=yes", "junk"]
)
def test_a_logind_that_does_not_kill_is_no_trouble(tmp_path: Path, text: str) -> None:
    _logind(tmp_path, text)
    assert logout.foresee({"XDG_SESSION_ID": "1"}, tmp_path) == logout.Logout()


def test_a_killing_logind_is_said_with_the_cure(tmp_path: Path) -> None:
    _logind(tmp_path, "[Login]\nKillUserProcesses=yes\n")
    foreseen = logout.foresee({"XDG_SESSION_ID": "1", "USER": "ada"}, tmp_path)
    assert "loginctl enable-linger" in foreseen.warning
    assert foreseen.prefix == ()
    assert logout.foresee({"USER": "ada"}, tmp_path) == logout.Logout(), "no login session"


def test_a_drop_in_file_has_the_last_word(tmp_path: Path) -> None:
    _logind(tmp_path, "[Login]\nKillUserProcesses=yes\n")
    _logind(tmp_path, "[Login]\nKillUserProcesses=no\n", "etc/systemd/logind.conf.d/50.conf")
    assert logout.foresee({"XDG_SESSION_ID": "1"}, tmp_path) == logout.Logout()


def test_who_lingers_gets_a_scope_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _logind(tmp_path, "[Login]\nKillUserProcesses=yes\n")
    (tmp_path / "var/lib/systemd/linger").mkdir(parents=True)
    (tmp_path / "var/lib/systemd/linger/ada").write_text("")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemd-run").write_text("#!/bin/sh\n")
    (programs / "systemd-run").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    foreseen = logout.foresee({"XDG_SESSION_ID": "1", "USER": "ada"}, tmp_path)
    assert foreseen.prefix[:3] == ("systemd-run", "--user", "--scope")
    assert foreseen.warning == ""


def test_a_batch_job_is_named(tmp_path: Path) -> None:
    assert "Slurm job 42" in logout.foresee({"SLURM_JOB_ID": "42"}, tmp_path).warning
