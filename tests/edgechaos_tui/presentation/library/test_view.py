from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.library.columns import (
    COLUMNS,
    DEFAULT,
    config_names,
    fitting,
    known_columns,
)
from edgechaos_tui.presentation.library.facts import LibraryEntry
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.library.query import QueryError, parse
from edgechaos_tui.presentation.library.view import Heading, LibraryView
from edgechaos_tui.presentation.settings import load_columns, save_columns
from engine.storage.hyperparameters import build
from engine.storage.session import folder
from engine.storage.session.recorded import from_config
from engine.storage.session.session import Session


def _row(number: int) -> LibraryRow:
    hyperparameters = build(
        {"lr": (0.01, 0.02)[number % 2], "batch_size": (16, 32, 64)[number % 3]}
    )
    facts = LibraryEntry(
        created=number, hyperparameters=hyperparameters, read=True, best_loss=1 / (number + 1)
    )
    return LibraryRow(Session(Path(f"/s/run-{number:02}")), 0.0, None, facts)


ROWS = [_row(number) for number in range(20)]


def _view() -> LibraryView:
    view = LibraryView()
    view.take(view.sorted(ROWS))
    return view


@pytest.mark.parametrize(
    ("column", "epoch", "planned", "width", "cell"),
    [
        ("best test loss", 720, 900, 10, "0.330 @720"),
        ("best test loss", 1012, 1790, 11, "0.330 @1012"),
        ("best test loss", 1012, 1790, 10, "0.330@1012"),
        ("best test loss", 123_456, 200_000, 10, "0.330"),
        ("epoch", 720, 900, 7, "720/900"),
        ("epoch", 1732, 1790, 9, "1732/1790"),
        ("epoch", 1732, 1790, 7, "1732/…"),
        ("epoch", 8001, 8001, 7, "8001"),
    ],
)
def test_a_number_is_never_cut_off(
    column: str, epoch: int, planned: int, width: int, cell: str
) -> None:
    facts = LibraryEntry(
        created=0, hyperparameters=build({"epochs": planned}), read=True, epochs_done=epoch,
        best_loss=0.33, best_loss_epoch=epoch,
    )  # fmt: skip
    row = LibraryRow(Session(Path("/s/long")), 0.0, None, facts)
    assert COLUMNS[column].cell(row, width) == cell


def test_reference_runs_can_be_told_apart_where_the_name_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder, "REFERENCES", Path("/s"))
    names = ("reference-fig3-momentum-0.6", "reference-fig3-momentum-0.95", "reference-fig2")
    rows = [LibraryRow(Session(Path("/s") / name), 0.0) for name in names]
    width = COLUMNS["name"].width[0]
    names_shown = [COLUMNS["name"].cell(row, width) for row in rows]
    assert names_shown == ["…-momentum-0.6", "…momentum-0.95", "…fig2"]
    assert [COLUMNS["status"].cell(rows[0], w) for w in (10, 13)] == ["reference", "■ reference"]


def test_names_stand_as_people_count_them() -> None:
    view = LibraryView()
    rows = [LibraryRow(Session(Path("/s") / f"run-{n}"), 0.0) for n in (10, 9, 2, 1)]
    view.take(view.sorted(rows))
    view.sort_by("name")
    for falling in (False, True):
        names = [line.name for line in view.lines if isinstance(line, LibraryRow)]
        in_order = ["run-1", "run-2", "run-9", "run-10"]
        assert names == (in_order[::-1] if falling else in_order)
        view.sort_by("name")


@given(st.lists(st.text("lr>=0.12 bsun-", max_size=12), max_size=8))
def test_a_filter_that_is_typed_shows_what_a_filter_read_whole_shows(texts: list[str]) -> None:
    view = _view()
    for text in texts:
        try:
            query = parse(text)
        except QueryError:
            continue
        view.filter(query)
        newest_first = [row for row in reversed(ROWS) if all(test(row) for test in query.tests)]
        assert view.lines == newest_first
        assert view.count == len(newest_first)


def _names(view: LibraryView) -> list[str]:
    return [line.name for line in view.lines if isinstance(line, LibraryRow)]


def test_new_rows_and_another_order_are_filtered_anew() -> None:
    view = _view()
    view.filter(parse("lr=0.01"))
    view.sort_by("best test loss")
    assert _names(view)[:2] == ["run-18", "run-16"]
    view.take(view.sorted(ROWS[:3]))
    assert _names(view) == ["run-02", "run-00"]


def test_rows_sorted_before_another_column_was_chosen_are_sorted_again() -> None:
    view = _view()
    late = view.sorted(ROWS)
    view.sort_by("name")
    view.take(late)
    assert view.lines == ROWS


def test_groups_rise_and_say_what_they_share() -> None:
    view = _view()
    view.group_by("batch_size")
    headings = [line.words for line in view.lines if isinstance(line, Heading)]
    assert headings == [
        "batch size 16 · 7 sessions · best test loss 0.0526",
        "batch size 32 · 7 sessions · best test loss 0.0500",
        "batch size 64 · 6 sessions · best test loss 0.0556",
    ]
    assert view.count == 20
    assert len(view.lines) == 23


def test_a_choice_of_columns_is_kept_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "library.json"
    assert known_columns(load_columns(path)) == DEFAULT
    save_columns(path, ["J²", "seed"])
    assert known_columns(load_columns(path)) == ("name", "seed", "J²")
    for content in (b"", b"[]", b'{"columns": 1}', b"\xff", b"[" * 5000):
        path.write_bytes(content)
        assert known_columns(load_columns(path)) == DEFAULT
    path.write_text('{"columns": ["of a later version", "d"]}')
    assert known_columns(load_columns(path)) == ("name", "d")


@pytest.mark.parametrize("name", COLUMNS)
def test_a_row_of_which_nothing_is_known_has_cells_too(name: str) -> None:
    assert isinstance(COLUMNS[name].cell(LibraryRow(Session(Path("/s/x")), 0.0), 10), str)


def _recorded(name: str, config: dict[str, str | int | float]) -> LibraryRow:
    facts = LibraryEntry(created=0.0, hyperparameters=from_config(config), read=True)
    return LibraryRow(Session(Path("/s") / name), 0.0, None, facts)


RECORDED = [
    _recorded("a", {"model.name": "resnet", "width": 3, "lr": 0.1}),
    _recorded("b", {"model.name": "vit"}),
    _recorded("c", {"model.name": 10}),
    _recorded("d", {"model.name": 9}),
]


def test_keys_of_configs_are_columns_and_are_sorted_by() -> None:
    assert config_names([*ROWS, *RECORDED]) == ["config.model.name"]
    fit = fitting(100, known_columns(["config.model.name", "epoch", "lr", "config.z"]))
    names = [column.name for column, _ in fit]
    assert names == ["name", "lr", "config.model.name", "config.z", "epoch"]
    column = fit[2][0]
    cells = [column.cell(row, 10) for row in (*RECORDED, ROWS[0])]
    assert (column.title, cells) == ("model.name", ["resnet", "vit", "10", "9", "–"])
    view = LibraryView()
    view.take(view.sorted([*ROWS[:1], *RECORDED]))
    view.sort_by("config.model.name")
    assert _names(view) == ["d", "c", "a", "b", "run-00"]


def test_runs_are_grouped_by_a_key_of_their_configs() -> None:
    view = LibraryView()
    view.take(view.sorted([*ROWS[:2], *RECORDED]))
    view.group_by("config.model.name")
    words = [line.words for line in view.lines if isinstance(line, Heading)]
    assert [said.partition(" · ")[0] for said in words] == [
        *(f"config.model.name {value}" for value in (9, 10, "resnet", "vit", "not given")),
    ]
    # The hyperparameter of that name, of all kinds of runs.
    view.group_by("config.lr")
    words = [line.words for line in view.lines if isinstance(line, Heading)]
    assert [said.split()[1] for said in words] == ["0.01", "0.02", "0.1", "not"]
