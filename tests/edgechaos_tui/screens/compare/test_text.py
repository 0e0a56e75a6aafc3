"""Names in a comparison: what they share makes way for what tells them apart."""

from pathlib import Path

from edgechaos_tui.presentation.compare.comparison import read_members
from edgechaos_tui.presentation.compare.table import ComparisonRow, ComparisonTable
from edgechaos_tui.screens.compare.text import legend, table_text
from tests.support.library_samples import write_session


def _legend(root: Path, names: list[str], width: int) -> str:
    members = read_members([write_session(root, name) for name in names])
    return legend(members, {}, None, width).plain


def test_names_that_must_be_cut_lose_what_they_share(sessions_root: Path) -> None:
    names = ["reference-fig3-lr-0.1", "reference-fig3-lr-0.05"]
    assert (
        _legend(sessions_root, names, 80) == "A reference-fig3-lr-0.1  B reference-fig3-lr-0.05  "
    )
    narrow = ["reference-fig3-batch-4", "reference-fig4-batch-16", "reference-fig2"]
    assert _legend(sessions_root, narrow, 60) == "A …fig3-batch-4  B …fig4-batch-16  C …fig2  "


def test_names_that_share_nothing_are_cut_at_their_ends(sessions_root: Path) -> None:
    lines = _legend(sessions_root, ["fashion-calm-ibis", "b"], 14).splitlines()
    assert [line.rstrip() for line in lines] == ["A fashion-c…", "B b"]


def test_eight_names_that_fill_a_row_stand_in_two_in_columns(sessions_root: Path) -> None:
    names = [f"reference-fig{i}-momentum-0.{i}" for i in range(8)]
    first, second = _legend(sessions_root, names, 80).splitlines()
    assert first.startswith("A …fig0-momentum-…  B …fig1")
    assert first.index("B ") == second.index("F ")
    assert max(len(first.rstrip()), len(second.rstrip())) <= 80


def test_the_table_tells_runs_apart_at_their_heads() -> None:
    names = tuple(f"reference-fig3-lr-0.0{i}" for i in range(8))
    table = ComparisonTable(names, (ComparisonRow("lr", tuple("12345678")),), ())
    wide = table_text(table, 240).plain.splitlines()
    assert "H reference-fig3-lr-0.07" in wide[0]
    middle = table_text(table, 130).plain.splitlines()
    assert [line.split()[-1] for line in middle] == ["…0.07", "8"]
