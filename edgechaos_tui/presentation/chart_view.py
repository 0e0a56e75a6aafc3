"""The view that charts share: scaling, window of the horizontal axis, cursor, smoothing."""

from dataclasses import dataclass, field, replace
from typing import Final

from edgechaos_tui.presentation.limits import Scaling, next_scaling

SMOOTHINGS: Final = (1, 5, 15, 51)
"""Windows of the moving average, in epochs, as the key cycles through them; 1: no average."""
_ZOOM: Final = 2.0
_NARROWEST: Final = 1 / 512
"""The narrowest window, as a share of the whole axis."""

Window = tuple[float, float]


@dataclass(frozen=True)
class ChartView:
    """The settings of a screen's charts.

    scalings: by chart, "focus" where none is stored. window: the part of the horizontal axis that
    all charts show, None for all of it. cursor: the place at which all charts are read, None for
    the last. smoothing: epochs of the moving average. plan: whether the axis reaches the planned
    end. `whole`, in the methods below: the full range of the axis.
    """

    scalings: dict[str, Scaling] = field(default_factory=dict)
    window: Window | None = None
    cursor: float | None = None
    smoothing: int = 1
    plan: bool = False

    def scaling(self, chart: str) -> Scaling:
        """The scaling of `chart`."""
        return self.scalings.get(chart, "focus")

    def scaled(self, *charts: str) -> "ChartView":
        """The view with the next scaling for all `charts`, counted from that of the first."""
        scaling = next_scaling(self.scaling(charts[0]))
        return replace(self, scalings=self.scalings | dict.fromkeys(charts, scaling))

    def smoothed(self) -> "ChartView":
        """The view with the next window of the moving average."""
        place = SMOOTHINGS.index(self.smoothing) + 1
        return replace(self, smoothing=SMOOTHINGS[place % len(SMOOTHINGS)])

    def planned(self) -> "ChartView":
        """The view with the axis to the planned end, or to the end of the data again."""
        return replace(self, plan=not self.plan, window=None)

    def zoomed(self, factor: float, about: float, whole: Window) -> "ChartView":
        """A window narrower by `factor` (wider below 1) in which `about` keeps its place."""
        low, high = self.window or whole
        about = min(max(about, low), high)
        width = (high - low) / factor
        if width >= whole[1] - whole[0]:
            return replace(self, window=None)
        width = max(width, _NARROWEST * (whole[1] - whole[0]))
        share = (about - low) / (high - low)
        return self._at(about - share * width, width, whole)

    def panned(self, distance: float, whole: Window) -> "ChartView":
        """The window moved by `distance` along the axis, as far as the axis goes."""
        if self.window is None:
            return self
        low, high = self.window
        return self._at(low + distance, high - low, whole)

    def showing(self, place: float, whole: Window) -> "ChartView":
        """The window, centred on `place` where that lay outside it."""
        if self.window is None or self.window[0] <= place <= self.window[1]:
            return self
        low, high = self.window
        return self._at(place - (high - low) / 2, high - low, whole)

    def whole(self) -> "ChartView":
        """The view of the whole axis, without a cursor."""
        return replace(self, window=None, cursor=None)

    def _at(self, low: float, width: float, whole: Window) -> "ChartView":
        low = max(whole[0], min(low, whole[1] - width))
        return replace(self, window=(low, low + width))


def zoom_in(view: ChartView, about: float, whole: Window) -> ChartView:
    """The window half as wide."""
    return view.zoomed(_ZOOM, about, whole)


def zoom_out(view: ChartView, about: float, whole: Window) -> ChartView:
    """The window twice as wide."""
    return view.zoomed(1 / _ZOOM, about, whole)
