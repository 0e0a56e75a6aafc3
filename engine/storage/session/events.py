"""The event types of a session's log and the codec of one line.

Each event is one JSON object on one line, `type` first. Numbers that are not finite are data:
they are written as the strings "nan", "inf" and "-inf"; null means "not measured".
"""

from typing import Annotated, Final, TypedDict

import msgspec
from msgspec import Meta

from engine.storage import metrics
from engine.storage.line_codec import LineCodec
from engine.storage.session.machine import Machine, MachineUse

SCHEMA_VERSION: Final = 1
"""Major version of the log. A reader refuses a newer one and skips event types it does not know."""
RECORDED_FORMAT: Final = 101
"""The format of sessions that a user's own loop wrote, counted separately: older versions of the
product report it as newer, and not as damaged."""


_MAX: Final = 2**31
"""An upper bound of all counts and hyperparameters of a run."""
_Count = Annotated[int, Meta(ge=0, le=_MAX)]


# Events never refer to each other: the garbage collector has no use for them, and would take a
# fifth of the time in which a long log is read.
class Event(msgspec.Struct, tag_field="type", kw_only=True, frozen=True, gc=False):
    """The base of all events.

    t: seconds since 1970, the wall clock when the engine started plus monotonic time since; it
    never decreases within a log. elapsed: seconds of training, without pauses, over all resumes.
    """

    t: float
    elapsed: float


class Times(TypedDict):
    """The fields that every event has: `Paused(**times, epoch=3, reason="on request")`."""

    t: float
    elapsed: float


class EpochTimes(Times):
    """The times and the epoch, which most events have."""

    epoch: int


class Started(Event, tag="started", frozen=True, kw_only=True):
    """An engine started or resumed the session.

    machine: None in older logs, and where the machine could not be sampled.
    """

    incarnation: str
    schema: int = SCHEMA_VERSION
    host: str
    boot_id: str
    pid: int
    versions: dict[str, str]
    device: str
    threads: int
    dataset: str
    dataset_checksum: str
    train_size: int
    test_size: int
    hyperparameters: dict[str, str | int | float]
    from_epoch: int
    machine: Machine | None = None


class Layer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One block of a network with depth, after an epoch.

    growth, angle: of small disturbances through it, g_l and a_l in nats; gain: χ_l; fan_in, j, j0:
    of its weights, with J² the usual σ_w². None: not measured, or without weights of its own.
    readout: the last linear layer, which gives the classes and is excluded from λ_depth and
    λ_angle.
    """

    name: str
    growth: float | None = None
    angle: float | None = None
    gain: float | None = None
    fan_in: int | None = None
    j: float | None = None
    j0: float | None = None
    readout: bool = False


class Epoch(Event, tag="epoch", frozen=True, kw_only=True):
    """One epoch's results. `epoch` 0 is the state before training.

    Losses are mean cross-entropies in nats, without the penalty; train values are running means
    over the epoch, test values are measured after it. Accuracies are fractions. `j`, `j0` as in
    paper.md; `edge_distance` d = J/J_edge(J₀/J) − 1; `gain` χ; `asymptotic_distance` ‖x − x′‖₂;
    `lyapunov` in nats per iteration; `jacobian_norm` ‖J*‖_F/√N; `bulk_j`, `spikes` and
    `saturation` of W; `lambda_depth` and `lambda_angle` in nats a block, with their errors, and
    `layers` by depth; `tau` Σ η/((1−α)B) over epochs; `gross_growth` of J² per τ, measured while
    J² is held; `twin_distance` ‖w − w′‖ of a twin; `seconds` of wall time for the epoch, and what
    it used of the machine, as `MachineUse` has it. None: not measured. The last eight are the
    hyperparameters in force (`snapshot_every` and `hold_j2` are 0 in logs older than they are).
    Metrics may be any number; an impossible value of another field makes the line a damaged one,
    which is left out of all calculations.
    """

    epoch: _Count
    train_loss: float | None
    test_loss: float | None
    train_accuracy: float | None
    test_accuracy: float | None
    j: float | None
    j0: float | None
    edge_distance: float | None
    gain: float | None = None
    asymptotic_distance: float | None = None
    lyapunov: float | None = None
    jacobian_norm: float | None = None
    bulk_j: float | None = None
    spikes: float | None = None
    saturation: float | None = None
    lambda_depth: float | None = None
    lambda_depth_error: float | None = None
    lambda_angle: float | None = None
    lambda_angle_error: float | None = None
    layers: tuple[Layer, ...] | None = None
    tau: float | None
    gross_growth: float | None = None
    twin_distance: float | None = None
    seconds: Annotated[float, Meta(ge=0)]
    process_cpu: float | None = None
    process_memory: float | None = None
    machine_cpu: float | None = None
    machine_memory: float | None = None
    gpu_use: float | None = None
    gpu_memory: float | None = None
    gpu_temperature: float | None = None
    gpu_power: float | None = None
    lr: Annotated[float, Meta(gt=0, le=_MAX)]
    momentum: Annotated[float, Meta(ge=0, lt=1)]
    batch_size: Annotated[int, Meta(ge=1, le=_MAX)]
    l2: Annotated[float, Meta(ge=0, le=_MAX)]
    hold_j2: Annotated[float, Meta(ge=0, le=_MAX)] = 0.0
    epochs: _Count
    indicators_every: _Count
    snapshot_every: _Count = 0

    @property
    def j2(self) -> float | None:
        """J²; a product, since a power raises where a product is infinite."""
        return None if self.j is None else self.j * self.j


class Logged(Event, tag="logged", frozen=True, kw_only=True):
    """One call of `log` in a user's own loop: metrics by free names, None for not measured.

    step, epoch: the place of the loop as it counts; an epoch may be a fraction. settings: the
    hyperparameters of a tuned optimizer in force. layers: of a watched model, by depth.
    """

    metrics: dict[str, float | None]
    step: _Count | None = None
    epoch: Annotated[float, Meta(ge=0, le=_MAX)] | None = None
    settings: dict[str, float] = {}
    layers: tuple[Layer, ...] | None = None


class Changed(Event, tag="changed", frozen=True, kw_only=True):
    """Hyperparameters that are in force from `epoch` on.

    by: "hold_j2" if the loop that holds J² at a target changed them, "" if a person did.
    """

    epoch: int
    values: dict[str, int | float]
    previous: dict[str, int | float]
    by: str = ""


ON_REQUEST: Final = "on request"
"""The reason of a pause that a person requested."""


class Paused(Event, tag="paused", frozen=True, kw_only=True):
    """Training is paused; `reason` says why."""

    epoch: int
    reason: str


class Resumed(Event, tag="resumed", frozen=True, kw_only=True):
    """Training resumes after a pause."""

    epoch: int


class Answer(Event, tag="command", frozen=True, kw_only=True):
    """The engine's answer to one line of commands.jsonl, which ends at byte `offset`.

    `id` and `command` are empty when the line could not be read.
    """

    id: str
    command: str
    applied: bool
    text: str
    offset: int


class Notice(Event, tag="notice", frozen=True, kw_only=True):
    """A message for a person: a download, a measured number of threads."""

    text: str


class Rewound(Event, tag="rewound", frozen=True, kw_only=True):
    """Readers drop all epochs after `epoch`: they are being trained again with other results."""

    epoch: int
    reason: str


class Forked(Event, tag="forked", frozen=True, kw_only=True):
    """The run continues from `epoch` of the session `parent`. Never in a log: a reader of a fork
    with its parent's epochs (`engine.storage.fork.lineage`) puts it between both.

    note: the reason why the epochs before are missing, "" where they are not.
    """

    epoch: int
    parent: str
    note: str = ""


class Diverged(Event, tag="diverged", frozen=True, kw_only=True):
    """The loss is no longer finite. Ends the run; `epoch` is the one that was under way."""

    epoch: int
    text: str


class Finished(Event, tag="finished", frozen=True, kw_only=True):
    """All epochs are done. The run can be extended."""

    epoch: int


class Stopped(Event, tag="stopped", frozen=True, kw_only=True):
    """Ended on request or by SIGTERM after `epoch` whole epochs. The run can be resumed."""

    epoch: int
    reason: str


class Failed(Event, tag="failed", frozen=True, kw_only=True):
    """The engine met an error. `text` is one sentence for people, `traceback` for developers."""

    epoch: int
    text: str
    traceback: str = ""


LoggedEvent = (
    Started
    | Epoch
    | Logged
    | Changed
    | Paused
    | Resumed
    | Answer
    | Notice
    | Rewound
    | Diverged
    | Finished
    | Stopped
    | Failed
)
"""The events in a log."""
AnyEvent = LoggedEvent | Forked
"""The events that a reader of a session yields."""
ENDED = Finished | Stopped | Diverged | Failed
"""After one of these no engine is at work until the next `started`."""

_codec: Final = LineCodec[LoggedEvent](
    LoggedEvent,
    started=Started,
    version=SCHEMA_VERSION,
    other_versions=(RECORDED_FORMAT,),
    written="this log was written",
    # Most lines of a quick run have none of them, and a million lines should be read in seconds.
    left_out=frozenset(MachineUse.__struct_fields__),
)
encode: Final = _codec.encode
decode: Final = _codec.decode


_TRAINING_FIELDS: Final = (
    "t",
    "elapsed",
    *(name for name, metric in metrics.METRICS.items() if metric.of_machine),
)


def same_results(first: Epoch, second: Epoch) -> bool:
    """Whether two lines have the same results of the same epoch, whenever and wherever each was
    trained; nan equals nan."""
    if first.epoch != second.epoch:
        return False
    training_fields = {name: getattr(second, name) for name in _TRAINING_FIELDS}
    return repr(msgspec.structs.replace(first, **training_fields)) == repr(second)
