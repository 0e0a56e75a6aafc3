"""The calm screen for a slow line: the request for it, and the detection of such a line."""

import os
from collections.abc import Mapping
from typing import Final

from edgechaos_tui.terminal.line_gauge import LineGauge
from edgechaos_tui.terminal.pace import Pace

VARIABLE: Final = "EDGECHAOS_CALM"
_OFF: Final = ("0", "no", "off", "false")
_PATIENCE_SECONDS: Final = 60.0
_WRITES: Final = 10
"""The number of writes without a wait before a line counts as fast again."""
_SLOW: Final = (
    "The line is slow: from now on a run is drawn at most every two seconds. "
    "“Calm screen” in the palette (ctrl+p) changes that."
)
_FAST: Final = "The line is fast again: the screen is no longer calm."


def asked(flag: bool, environment: Mapping[str, str] = os.environ) -> bool | None:
    """Whether a calm screen is requested: by the option, else the variable, else the setting.

    None: none of them says, so that the line decides.
    """
    # Imported here, as below: the driver is gauged from the start, and the first paint must not
    # wait for a module that reads a file.
    from edgechaos_tui.presentation.settings import load_settings, settings_path

    setting = environment.get(VARIABLE, "").strip().lower()
    if flag or setting:
        return flag or setting not in _OFF
    return load_settings(settings_path()).calm or None


class LowBandwidth:
    """Makes `pace` calm or not, as `asked` says; if that is None, as the line is slow or fast."""

    def __init__(self, pace: Pace, gauge: LineGauge, asked: bool | None) -> None:
        self._pace = pace
        self._gauge = gauge
        self._by_line = asked is None
        self._patience = _PATIENCE_SECONDS
        pace.calm = bool(asked)

    def check_line(self) -> str:
        """Adapt the pace to the line; return a notice for the person, "" if nothing changes.

        On a calm screen a slow line seems fast, so each return takes twice the time of the last.
        """
        if not self._by_line:
            return ""
        if not self._pace.calm and self._gauge.slow:
            self._pace.calm = True
            return _SLOW
        recovered = self._gauge.fast_for() >= self._patience and self._gauge.fast_writes >= _WRITES
        if self._pace.calm and recovered:
            self._pace.calm = False
            self._patience *= 2
            return _FAST
        return ""

    def toggle(self) -> str:
        """Switch between calm and not; return a notice. Raises OSError when the choice cannot be
        saved for the next start."""
        from edgechaos_tui.presentation.settings import Settings, save_settings, settings_path

        self._by_line = False
        self._pace.calm = not self._pace.calm
        save_settings(settings_path(), Settings(calm=self._pace.calm))
        if self._pace.calm:
            return "calm screen: drawn at most every two seconds; saved as a setting"
        return "the screen is no longer calm; saved as a setting"
