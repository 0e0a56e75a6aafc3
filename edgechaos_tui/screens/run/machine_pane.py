"""The machine pane: the run's use of CPU, memory and GPU, now and over its epochs."""

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.sentences import machine
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.screens.run.machine_charts import machine_charts
from edgechaos_tui.widgets.static_update import update_in_place
from engine.storage.session.machine import MachineUse


class MachinePane(Vertical):
    """Charts of CPU and memory; of a GPU too where it was measured."""

    DEFAULT_CSS = """
    MachinePane #machine-of { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    MachinePane #machine-charts { layout: grid; grid-size: 2 2; grid-gutter: 1 2; padding: 0 1; }
    MachinePane.-no-gpu #machine-charts { grid-size: 1 2; }
    MachinePane.-no-gpu .of-gpu { display: none; }
    """

    def compose(self) -> ComposeResult:
        yield Static("", id="machine-of")
        with Container(id="machine-charts"):
            yield LineChart(id="machine-cpu")
            yield LineChart(id="machine-memory")
            yield LineChart(id="machine-gpu", classes="of-gpu")
            yield LineChart(id="machine-heat", classes="of-gpu")

    def show(self, state: RunState, view: ChartView, now: MachineUse | None) -> None:
        """Show the use as of `state`. now: the use at this moment, of a run under way."""
        started = state.summary.started
        described = machine.machine_of(started)
        measured = machine.measured_use(state)
        use = now or measured
        self.set_class(not (machine.has_gpu(use) or machine.has_gpu(measured)), "-no-gpu")
        update_in_place(self.query_one("#machine-of", Static), machine.shares(described))
        models = machine_charts(state, view, use, described)
        for chart, model in zip(self.query(LineChart), models, strict=True):
            chart.show(model)
