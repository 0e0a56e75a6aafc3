import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgechaos_tui.presentation.library import cache as library_cache
from edgechaos_tui.presentation.library.columns import (
    COLUMNS,
    GAP,
    SORTABLE,
    blocks,
    fitting,
    ordered,
)
from edgechaos_tui.presentation.library.facts import CURVE_POINTS, SmallCurve
from edgechaos_tui.presentation.library.library import Library, LibraryRow
from edgechaos_tui.presentation.run.watch import BATCH
from engine.storage.errors import SessionError
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Rewound
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.status import Status
from tests.support import own_loops
from tests.support.event_samples import epoch_event
from tests.support.library_samples import write_session


def _read(root: Path, cache: Path | None = None) -> Library:
    library = Library(root, cache)
    library.refresh()
    while library.read_more((), 1.0):
        pass
    return library


def _rows(library: Library) -> dict[str, LibraryRow]:
    return {row.name: row for row in library.rows}


def test_a_session_is_read_whole(sessions_root: Path) -> None:
    write_session(sessions_root, "a", 5, lr=0.01)
    row = _rows(_read(sessions_root))["a"]
    assert row.status is Status.FINISHED
    assert row.facts is not None
    assert row.facts.epochs_done == 5
    assert row.facts.best_loss_epoch == 5
    assert row.facts.phase == "edge"
    assert len(row.facts.j2_curve) == 6


def test_what_is_visible_is_read_before_all_else(sessions_root: Path) -> None:
    for name in "abcdef":
        write_session(sessions_root, name)
    library = Library(sessions_root)
    library.refresh(["b"])
    assert library.progress == (0, 6)
    library.read_more(["b"], 1e-9)
    assert [row.name for row in library.rows if row.facts] == ["b"]
    assert library.progress == (1, 6)


def test_a_long_log_is_left_for_later_while_nobody_looks_at_the_list(sessions_root: Path) -> None:
    session = write_session(sessions_root, "long", 2 * BATCH // 300)
    assert session.log.stat().st_size > BATCH
    write_session(sessions_root, "short")
    looks = [False]
    library = Library(sessions_root, halted=lambda: looks[0])
    library.refresh()
    looks[0] = True
    assert library.read_more(["long"], 60)
    assert not any(row.facts and row.facts.read for row in library.rows)
    assert library.progress == (0, 2)
    looks[0] = False
    while library.read_more(["long"], 60):
        pass
    read = {row.name: row.facts.epochs_done for row in library.rows if row.facts}
    assert read == {"long": 2 * BATCH // 300, "short": 5}


def test_sessions_come_go_and_change(sessions_root: Path) -> None:
    assert _read(sessions_root).rows == []
    session = write_session(sessions_root, "a", 3)
    library = _read(sessions_root)
    before = library.rows[0]
    library.refresh()
    assert library.rows[0] is before
    writer = LogWriter(session.log)
    writer.append(epoch_event(4))
    library.refresh()
    row = library.rows[0]
    assert row.facts is not None
    assert row.facts.epochs_done == 4
    write_session(sessions_root, "b")
    shutil.rmtree(session.folder)
    library.refresh()
    assert [row.name for row in library.rows] == ["b"]


def test_an_unreadable_session_says_why_and_an_unreadable_folder_too(sessions_root: Path) -> None:
    session = write_session(sessions_root, "a")
    (session.folder / "session.json").write_text("{")
    row = _read(sessions_root).rows[0]
    assert row.status is None
    assert "damaged" in row.problem
    (sessions_root / "file").write_text("")
    with pytest.raises(SessionError):
        Library(sessions_root / "file").refresh()


def test_the_cache_shows_at_once_and_is_read_anew_where_a_log_changed(
    sessions_root: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache" / "c.msgpack"
    same, other = write_session(sessions_root, "same"), write_session(sessions_root, "other")
    _read(sessions_root, cache).save()
    writer = LogWriter(other.log)
    writer.append(epoch_event(6))
    writer.close()
    library = Library(sessions_root, cache)
    library.refresh()
    assert library.progress == (1, 2) or library.progress == (2, 2)
    rows = _rows(library)
    assert rows["same"].facts is not None
    assert rows["same"].facts.epochs_done == 5
    while library.read_more((), 1.0):
        pass
    facts = _rows(library)["other"].facts
    assert facts is not None
    assert facts.epochs_done == 6
    assert not list(same.folder.glob("*.msgpack"))


def test_the_cache_shows_recorded_sessions_too(sessions_root: Path, tmp_path: Path) -> None:
    own_loops.by_epochs(sessions_root)
    cache = tmp_path / "c.msgpack"
    read = _rows(_read(sessions_root, cache))["own"].facts
    _read(sessions_root, cache).save()
    library = Library(sessions_root, cache)
    library.refresh()
    facts = _rows(library)["own"].facts
    assert facts is not None
    assert read is not None
    assert repr(facts) == repr(read)
    assert facts.best_loss_epoch == 4
    assert isinstance(facts.hyperparameters, RecordedHyperparameters)
    assert facts.hyperparameters.known("optimizer") == "adamw"
    assert facts.hyperparameters.known("momentum") is None


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x93\x01\x02\x03", b"\x81\xa1a\x01"])
def test_a_damaged_cache_is_no_cache(sessions_root: Path, tmp_path: Path, content: bytes) -> None:
    write_session(sessions_root, "a")
    cache = tmp_path / "c.msgpack"
    cache.write_bytes(content)
    assert library_cache.load(cache, sessions_root) == {}
    library = _read(sessions_root, cache)
    assert library.rows[0].status is Status.FINISHED
    library.save()
    assert list(library_cache.load(cache, sessions_root)) == ["a"]
    assert library_cache.load(cache, tmp_path) == {}


def test_one_damaged_session_in_the_cache_is_read_again(
    sessions_root: Path, tmp_path: Path
) -> None:
    for name in "ab":
        write_session(sessions_root, name)
    cache = tmp_path / "c.msgpack"
    _read(sessions_root, cache).save()
    content = msgspec.msgpack.decode(cache.read_bytes())
    content["sessions"]["a"][1] = "no status"
    cache.write_bytes(msgspec.msgpack.encode(content))
    library = Library(sessions_root, cache)
    library.refresh()
    assert {name: row.status for name, row in _rows(library).items()} == {
        "a": None,
        "b": Status.FINISHED,
    }
    while library.read_more((), 1.0):
        pass
    assert _rows(library)["a"].status is Status.FINISHED


def test_a_rewound_log_drops_epochs_from_the_curve(sessions_root: Path) -> None:
    session = write_session(sessions_root, "a", 5)
    writer = LogWriter(session.log)
    writer.append(Rewound(t=3000.0, elapsed=9.0, epoch=2, reason="other results"))
    writer.close()
    facts = _read(sessions_root).rows[0].facts
    assert facts is not None
    assert len(facts.j2_curve) == 3


@given(st.lists(st.floats(allow_nan=True) | st.none(), max_size=400))
def test_a_curve_stays_short_and_keeps_its_first_value(values: list[float | None]) -> None:
    curve = SmallCurve()
    for epoch, value in enumerate(values):
        curve.add(epoch, value)
    assert len(curve.values) <= CURVE_POINTS
    if values and values[0] is not None and values[0] == values[0]:
        assert curve.values[0] == values[0]


@given(st.lists(st.floats(allow_nan=False)), st.integers(0, 20))
@example([1e308, 0.0, 0.0, 1e-320, 1e-320], 20)
def test_a_small_curve_fits_its_cells(values: list[float], width: int) -> None:
    assert len(blocks(values, width)) <= width


def test_a_small_curve_rises_and_falls() -> None:
    assert blocks([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert blocks([1, float("inf"), 0], 3) == "█ ▁"
    assert blocks([2, 2], 8) == "▁▁"


def test_a_small_curve_shows_what_came_after_the_first_loss() -> None:
    falling_then_rising = blocks([2.4, 0.6, 0.5, 0.4, 0.35, 0.33, 0.34, 0.38, 0.42, 0.5], 12)
    assert falling_then_rising == "██▆▃▁▁▁▂▃▆"


def test_a_small_curve_of_j2_begins_at_zero() -> None:
    assert blocks([0.75, 1.0], 12, 0.0) == "▇█"


@given(st.integers(10, 300))
def test_columns_fit_the_width_and_the_name_is_always_there(width: int) -> None:
    columns = fitting(width)
    if width >= 16:
        assert columns[0][0].name == "name"
        assert sum(w for _, w in columns) + GAP * (len(columns) - 1) <= width


def test_sorting_puts_pinned_first_and_unknown_last(sessions_root: Path) -> None:
    for number, name in enumerate("abc"):
        write_session(sessions_root, name, number + 2, lr=0.01 * (3 - number))
    write_session(sessions_root, "none", 0)
    rows = _read(sessions_root).rows
    names = [row.name for row in ordered(rows, COLUMNS["lr"], falling=False)]
    assert names == ["c", "b", "none", "a"]
    names = [row.name for row in ordered(rows, COLUMNS["best test loss"], falling=True)]
    assert names == ["a", "b", "c", "none"]
    for name in SORTABLE:
        assert len(ordered(rows, COLUMNS[name], falling=True)) == 4
