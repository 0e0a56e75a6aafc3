"""The events in the log of a sweep: one JSON object per line, `type` first.

Only the coordinator writes it. The results of a run are in its own session; this log has the runs
that were begun, their ends, and the reasons for early ends.
"""

from pathlib import Path
from typing import Final, Literal

import msgspec

from engine.storage.event_reader import EventReader
from engine.storage.line_codec import LineCodec
from engine.storage.line_writer import LineWriter

SCHEMA_VERSION: Final = 1

Outcome = Literal["finished", "diverged", "failed", "stopped"]
"""The ends of a run of a sweep. `stopped`: by a person, or by the sweep's rule."""
RuleName = Literal["past_edge", "stale"]


class SweepEvent(msgspec.Struct, tag_field="type", kw_only=True, frozen=True):
    """The base of the events. t: seconds since 1970, never decreasing within a log."""

    t: float


class SweepStarted(SweepEvent, tag="started", frozen=True, kw_only=True):
    """A coordinator started or resumed the sweep. jobs: the number of runs at a time."""

    incarnation: str
    schema: int = SCHEMA_VERSION
    host: str
    boot_id: str
    pid: int
    jobs: int


class RunStarted(SweepEvent, tag="run_started", frozen=True, kw_only=True):
    """The run was started or resumed after its epoch `epoch`."""

    run: str
    epoch: int


class RunStopping(SweepEvent, tag="run_stopping", frozen=True, kw_only=True):
    """The rule asks the run to end after `epoch`; `text` says why."""

    run: str
    rule: RuleName
    epoch: int
    text: str


class RunEnded(SweepEvent, tag="run_ended", frozen=True, kw_only=True):
    """The sweep is done with the run, which has `epoch` whole epochs. text: why, "" if finished."""

    run: str
    outcome: Outcome
    epoch: int
    text: str = ""
    rule: RuleName | None = None


class SweepPaused(SweepEvent, tag="paused", frozen=True, kw_only=True):
    """The sweep is paused. runs: those paused by it; runs paused by a person are not included."""

    runs: list[str]


class SweepResumed(SweepEvent, tag="resumed", frozen=True, kw_only=True):
    """The sweep is resumed, with the runs that its pause had paused."""


class SweepAnswer(SweepEvent, tag="command", frozen=True, kw_only=True):
    """The coordinator's answer to one line of commands.jsonl, which ends at byte `offset`.

    `id` and `command` are empty when the line could not be read.
    """

    id: str
    command: str
    applied: bool
    text: str
    offset: int


class SweepStopped(SweepEvent, tag="stopped", frozen=True, kw_only=True):
    """The sweep and its running runs were stopped; all can be resumed."""

    reason: str


class SweepFinished(SweepEvent, tag="finished", frozen=True, kw_only=True):
    """Every run has ended."""


class SweepFailed(SweepEvent, tag="failed", frozen=True, kw_only=True):
    """The coordinator met an error. `text` is one sentence; engines at work train on."""

    text: str
    traceback: str = ""


AnySweepEvent = (
    SweepStarted
    | RunStarted
    | RunStopping
    | RunEnded
    | SweepPaused
    | SweepResumed
    | SweepAnswer
    | SweepStopped
    | SweepFinished
    | SweepFailed
)
_codec: Final = LineCodec[AnySweepEvent](
    AnySweepEvent, started=SweepStarted, version=SCHEMA_VERSION, written="this sweep was run"
)
encode: Final = _codec.encode
decode: Final = _codec.decode


class SweepLogWriter(LineWriter):
    """Appends to a sweep's log. Its one writer is the coordinator that holds the sweep's lock."""

    def append(self, event: AnySweepEvent, *, sync: bool = False) -> None:
        """Write `event` as one line; raises as `append_line` does."""
        self.append_line(encode(event), sync=sync)


class SweepLogReader(EventReader[AnySweepEvent]):
    """Reads the complete events of a sweep's log."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, decode)
