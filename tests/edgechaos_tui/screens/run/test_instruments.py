"""The keys that ask what an edit did and how chaotic training is, with the real engine."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.presentation.run.replay_clock import Start
from edgechaos_tui.screens.compare.screen import CompareScreen
from engine.storage.commands import Set, Stop
from engine.storage.session.events import Changed, Epoch
from engine.storage.session.session import Session, list_sessions
from tests.support.engine_process import finish, has, log_of, make_session, say, start, wait_for
from tests.support.recorded_runs import record
from tests.support.screens import until


@pytest.fixture
def edited(sessions_root: Path) -> tuple[Session, int]:
    """A run that was edited while it trained, and from which epoch on."""
    session = make_session(sessions_root, "edited", epochs=100_000, indicators_every=0)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    assert say(session, Set, values={"lr": 0.1}).applied
    (change,) = (event for event in log_of(session) if isinstance(event, Changed))
    wait_for(session, has(Epoch, change.epoch + 4))
    say(session, Stop)
    assert finish(engine) == (0, "")
    return session, change.epoch


def _app(session: Session, at: int | None = None) -> EdgeChaosApp:
    replay = None if at is None else Start(at=at, paused=True)
    return EdgeChaosApp(
        session.folder.parent, session=session.name, replay=replay, quiet=True, diagram=False
    )


def _names(root: Path) -> set[str]:
    return {session.name for session in list_sessions(root)}


async def _compared(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen), seconds=60)


async def test_one_key_trains_without_the_edit_and_a_second_look_finds_it(
    edited: tuple[Session, int],
) -> None:
    session, epoch = edited
    app = _app(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "stopped", "u what if")
        await pilot.press("u")
        await until(pilot, f"What did the edit at epoch {epoch} do?", "lr 0.02 → 0.1")
        await pilot.press("y")
        await _compared(pilot)
        await until(pilot, f"edit at epoch {epoch}, lr 0.02 → 0.1: test loss", seconds=60)
        await until(pilot, "edgechaos-tui twin edited --at")
        names = _names(session.folder.parent)
        assert names == {"edited", f"edited-without-e{epoch}"}
        await pilot.press("q")
        await until(pilot, "stopped")
        await pilot.press("u")
        await _compared(pilot)
        assert _names(session.folder.parent) == names


async def test_one_key_starts_a_twin_which_is_the_yardstick(edited: tuple[Session, int]) -> None:
    session, epoch = edited
    app = _app(session, at=epoch + 1)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "replay")
        await pilot.press("t")
        await until(pilot, "disturb after which epoch?")
        await pilot.press("enter")
        await _compared(pilot)
        await until(pilot, "ln ‖w−w′‖", "λ_train", seconds=60)
        twin = Session(session.folder.parent / f"edited-twin-e{epoch - 1}")
        parent = twin.info().parent
        assert parent is not None
        assert (parent.epoch, parent.epsilon) == (epoch - 1, 1e-6)
        await pilot.press("4")
        await until(pilot, lambda: app.screen.query_one("#overlay-twin").display)
        say(twin, Stop)
        await pilot.press("q")
        await until(pilot, "replay")
        await pilot.press("u")
        await until(pilot, "What did the edit")
        await pilot.press("y")
        await until(pilot, "compare · 3 sessions", "(chance ±", seconds=60)


@pytest.mark.parametrize(
    ("at", "key", "words"),
    [
        (None, "u", "cannot be undone: brave has no checkpoint to fork from"),
        (10, "u", "no edit at or before epoch 10"),
        (None, "t", "brave has no checkpoint to fork from"),
    ],
)
async def test_refusals_are_told(sessions_root: Path, at: int | None, key: str, words: str) -> None:
    app = _app(record(sessions_root, "brave"), at)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "replay" if at else "finished")
        await pilot.press(key)
        await until(pilot, lambda: any(words in note.message for note in app._notifications))
