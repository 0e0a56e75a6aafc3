"""The charts of the machine say of how much each share is."""

from pathlib import Path

import msgspec
import pytest

from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.run.sentences import machine
from edgechaos_tui.presentation.run.state import read_state
from edgechaos_tui.screens.run.machine_charts import machine_charts
from tests.support.recorded_runs import MACHINE, record_with_machine


@pytest.mark.parametrize(("size", "told"), [(80 * 10**9, True), (None, False)])
def test_a_share_of_the_gpus_memory_needs_its_size(
    tmp_path: Path, size: int | None, told: bool
) -> None:
    described = msgspec.structs.replace(MACHINE, gpu_memory=size)
    state = read_state(record_with_machine(tmp_path, "gpu", described))
    use = machine.measured_use(state)
    _, _, gpu, _ = machine_charts(state, ChartView(), use, described)
    assert len(gpu.lines) == 1 + told
    assert ("memory 50.0 %" in [part.text for part in gpu.title]) == told
