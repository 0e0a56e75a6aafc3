"""Names in a comparison: what they share makes way for what tells them apart."""

from pathlib import Path

from edgechaos_tui.core.comparison import read_members
from edgechaos_tui.screens.compare_words import legend
from tests.edgechaos_tui.library_samples import write_session


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
    assert _legend(sessions_root, ["fashion-calm-ibis", "b"], 24) == "A fashion…  B b  "
