"""The bar with the place in a record: `▶ 8×  ├───●───┊edit──▲best──◆edge┄┄┤ epoch 40/100`.

It spans the horizontal axis of the charts; the part that is not recorded yet is dotted. In a
comparison each landmark has its run's letter beside it. A click or a drag asks to go to a place, a
click on the sign before the bar to play or to pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from edgechaos_tui.charts.canvas import paint
from edgechaos_tui.charts.chart import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import MouseDown, MouseMove, MouseUp

    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.palette import Role
    from edgechaos_tui.presentation.run.replay_clock import Landmark

_SIGNS: dict[str, tuple[str, Role]] = {
    "edit": ("┊", "mark"),
    "best": ("▲", "test"),
    "edge": ("◆", "edge"),
}
# In one cell the last of these wins.
_ORDER = ("edit", "best", "edge")
_SPEED_CELLS = 9
_LEAST_BAR = 8


@dataclass(frozen=True)
class ReplayBarModel:
    """speed: in words; place: the present one; recorded: the last place; end: of the axis; words:
    the place, in a text of constant length; whole: whether places are whole numbers."""

    playing: bool
    speed: str
    place: float
    recorded: float
    end: float
    words: str
    landmarks: tuple[Landmark, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Places:
    """The cells of the bar itself, and the places that they stand for."""

    first: int
    cells: int
    end: float

    def cell(self, place: float) -> int:
        """The column of `place`."""
        fraction = min(max(place / self.end, 0.0), 1.0)
        return self.first + round(fraction * (self.cells - 1))

    def place(self, column: int) -> float:
        """The place at `column`; outside of the bar, that of the nearer end."""
        within = min(max(column - self.first, 0), self.cells - 1)
        return within / max(self.cells - 1, 1) * self.end


def places(model: ReplayBarModel, width: int) -> Places | None:
    """The cells of the bar in a line of `width` cells; None where it does not fit."""
    first = 2 + _SPEED_CELLS + 2
    cells = width - first - 2 - len(model.words)
    end = model.end if model.end > 0 else 1.0
    return Places(first, cells, end) if cells >= _LEAST_BAR else None


def epoch_words(epoch: int, end: int, unit: str = "epoch") -> str:
    """`epoch  40/100`, of the same length for each epoch."""
    return f" {unit} {epoch}/{end}".rjust(3 + len(unit) + 2 * len(str(end)))


class ReplayBar(Chart):
    """Shows a `ReplayBarModel`; only the cells that differ are painted again."""

    DEFAULT_CSS = "ReplayBar { width: 1fr; height: 1; }"

    class Sought(Message):
        """The person asks to go to `place`."""

        def __init__(self, place: float) -> None:
            super().__init__()
            self.place = place

    class Toggled(Message):
        """The person asks to play or to pause."""

    def __init__(self) -> None:
        super().__init__(id="transport")
        self._model = ReplayBarModel(False, "", 0, 0, 1, "")

    def show(self, model: ReplayBarModel) -> None:
        """Show this model from now on."""
        if model != self._model:
            self._model = model
            self.changed()

    def draw(self, canvas: Canvas) -> None:
        """Draw the model."""
        draw_transport(canvas, self._model)

    def on_mouse_down(self, event: MouseDown) -> None:
        where = places(self._model, self.size.width)
        if where is not None and event.x >= where.first - 1:
            self.capture_mouse()
            self.post_message(self.Sought(self._place_at(event.x, where)))
        else:
            self.post_message(self.Toggled())

    def on_mouse_move(self, event: MouseMove) -> None:
        where = places(self._model, self.size.width)
        if where is not None and self.app.mouse_captured is self:
            self.post_message(self.Sought(self._place_at(event.x, where)))

    def _place_at(self, column: int, where: Places) -> float:
        """The place that the person points at; that of a landmark exactly."""
        marks = [m.place for m in self._model.landmarks if where.cell(m.place) == column]
        place = marks[0] if marks else where.place(column)
        return round(place) if self._model.whole else place

    def on_mouse_up(self, _: MouseUp) -> None:
        self.release_mouse()


def draw_transport(canvas: Canvas, model: ReplayBarModel) -> None:
    """Draw the bar into the first row of `canvas`; where it does not fit, the words alone."""
    canvas.text(0, 0, "▶" if model.playing else "‖", paint("text", bold=True))
    canvas.text(2, 0, model.speed, paint("text"))
    where = places(model, canvas.width)
    if where is None:
        canvas.text(2 + len(model.speed) + 1, 0, model.words.strip(), paint("text"))
        return
    canvas.text(where.first + where.cells + 1, 0, model.words, paint("text"))
    _draw_landmarks(canvas, model, where)
    _draw_track(canvas, model, where)


def _draw_landmarks(canvas: Canvas, model: ReplayBarModel, where: Places) -> None:
    """Draw landmarks, the place over them, and labels where both leave space."""
    ordered = sorted(model.landmarks, key=lambda mark: (_ORDER.index(mark.kind), mark.place))
    for mark in ordered:
        sign, role = _SIGNS[mark.kind]
        canvas.text(where.cell(mark.place), 0, sign, paint(role))
    canvas.text(where.cell(model.place), 0, "●", paint("text", bold=True))
    for cell, words in _labels(ordered, where).items():
        # Landmarks that share a cell share a label; where it does not fit, only the first is named.
        for label in (", ".join(words), words[0]):
            fits = cell + 1 + len(label) < where.first + where.cells
            if fits and canvas.label(label, [(cell + 1, 0)], paint("dim")):
                break


def _labels(ordered: Sequence[Landmark], where: Places) -> dict[int, list[str]]:
    """The words of each cell with landmarks, the most important first: edge, best."""
    words_by_cell: dict[int, list[str]] = {}
    for mark in reversed(ordered):
        word = mark.run or mark.kind
        words = words_by_cell.setdefault(where.cell(mark.place), [])
        if word not in words:
            words.append(word)
    return words_by_cell


def _draw_track(canvas: Canvas, model: ReplayBarModel, where: Places) -> None:
    """Draw the line into the cells that are still empty."""
    last = where.first + where.cells
    recorded = where.cell(model.recorded) + 1
    canvas.beneath(where.first, 0, "─" * (recorded - where.first), paint("dim"))
    canvas.beneath(recorded, 0, "┄" * (last - recorded), paint("faint"))
    canvas.text(where.first - 1, 0, "├", paint("dim"))
    canvas.text(last, 0, "┤", paint("dim"))
