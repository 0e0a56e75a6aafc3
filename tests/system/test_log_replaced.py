"""An engine whose log is edited in place, or cut, while it trains: no epoch is lost."""

import os
import subprocess
from pathlib import Path

import pytest

from engine.storage.session.events import AnyEvent, Epoch, Notice
from tests.support.engine_process import finish, has, log_of, make_session, start, wait_for


@pytest.mark.parametrize("how", ["sed -i", "truncate"])
def test_no_epoch_is_lost_and_it_is_said(sessions_root: Path, how: str) -> None:
    session = make_session(sessions_root, width=20, train_size=1000, epochs=100_000)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    if how == "truncate":
        os.truncate(session.log, session.log.stat().st_size - 10)
    else:
        subprocess.run(["sed", "-i", "s/nothing/else/", str(session.log)], check=True)

    def told(events: list[AnyEvent]) -> bool:
        return any(isinstance(e, Notice) and "by something else" in e.text for e in events)

    seen = len(wait_for(session, told))
    wait_for(session, lambda events: len(events) > seen + 2)
    engine.terminate()
    assert finish(engine)[0] == 0
    numbers = [event.epoch for event in log_of(session) if isinstance(event, Epoch)]
    assert sorted(set(numbers)) == list(range(max(numbers) + 1))
