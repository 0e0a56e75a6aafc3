"""The record of everything that affects the last bits, and the differences that `verify` names."""

import pytest

from engine.training import device
from engine.verify.tolerance import TrainingSite
from tests.support.event_samples import started_event


@pytest.mark.parametrize("switch", device._SWITCHES)
def test_a_switch_of_a_library_is_recorded_and_named(
    switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(switch, raising=False)
    started = started_event(host="here", device="cpu", threads=1, versions=device.versions())
    monkeypatch.setenv(switch, "COMPATIBLE")
    now = TrainingSite("here", "cpu", 1, device.versions())
    assert now.differences(started) == [f"{switch} unknown then, COMPATIBLE now"]
