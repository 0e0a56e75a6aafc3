"""The recipes are the paper's: its settings, its sizes, and enough epochs for what is claimed."""

import pytest

from edgechaos_tui.cli.commands import paper as paper_command
from edgechaos_tui.cli.output.paper import as_json, as_text
from edgechaos_tui.paper.recipes import FIGURES, SCALES, Scale, recipe_of
from engine.storage.step_size import step_size_ratio_of


def test_the_command_knows_the_figures_and_scales_that_there_are() -> None:
    assert (paper_command._FIGURES, paper_command._SCALES) == (FIGURES, SCALES)


def test_the_full_scale_is_the_papers_own_size() -> None:
    fig3 = recipe_of("fig3", "full").runs
    assert len(fig3) == 30
    fig4 = [run.hyperparameters for run in recipe_of("fig4", "full").runs]
    assert {h.epochs for h in fig4} == {501}
    assert len({step_size_ratio_of(h) for h in fig4}) == 1
    fig5 = [run.hyperparameters for run in recipe_of("fig5", "full").runs]
    assert [h.epochs for h in fig5] == [501, 1001, 2001, 4001, 8001]
    fig6 = [run.hyperparameters for run in recipe_of("fig6", "full").runs]
    assert (len(fig6), len({h.l2 for h in fig6}), len({h.seed for h in fig6})) == (80, 8, 10)
    adam = [run.hyperparameters for run in recipe_of("relu-adam", "full").runs]
    assert {(h.epochs, h.lr, h.j, h.momentum) for h in adam} == {(201, 0.001, 1.0, 0.0)}


def test_every_slope_is_planned_beyond_the_edge() -> None:
    for run in recipe_of("fig3", "full").runs:
        assert run.hyperparameters.epochs * run.slope_by_law > 1.15 * (1 - 0.25)


def test_quick_has_enough_of_the_slopes_and_of_fig_5() -> None:
    quick = recipe_of("fig3", "quick")
    assert len(quick.runs) >= 16
    assert len(quick.runs) + len(quick.left_out) == 30
    assert [run.label for run in recipe_of("fig5", "quick").runs] == [
        "η = 0.02, α = 0.5", "η = 0.01, α = 0.5", "η = 0.01, α = 0",
    ]  # fmt: skip


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("scale", SCALES)
def test_a_scorecard_without_any_run_fits_80_columns_and_gives_its_reasons(
    figure: str, scale: Scale
) -> None:
    from edgechaos_tui.paper.evidence import FigureSessions
    from edgechaos_tui.paper.judge import diagram_scorecard, scorecard

    recipe = recipe_of(figure, scale)
    card = (
        diagram_scorecard(recipe, []) if figure == "fig1b" else scorecard(recipe, FigureSessions())
    )
    assert card.passed
    assert all(line.verdict == "open" and line.reason for line in card.lines)
    text = as_text(card)
    assert max(map(len, text.splitlines())) <= 80
    assert "not " in text
    assert '"pass": 0' in as_json([card])


def test_hold_is_beside_the_paper_s_figures_and_asks_for_runs_of_a_fixed_l2_too() -> None:
    assert "hold" not in FIGURES
    assert "hold" in paper_command._ALL
    runs = [run.hyperparameters for run in recipe_of("hold", "quick").runs]
    assert [run.hold_j2 for run in runs if run.hold_j2] == [0.5, 0.7, 0.85, 1.0, 1.2, 1.5]
    fixed = {run.setting for run in recipe_of("fig6", "quick").runs}
    beside = {
        run.setting for run in recipe_of("hold", "quick").runs if not run.hyperparameters.hold_j2
    }
    assert len(beside) == 5
    assert beside <= fixed
