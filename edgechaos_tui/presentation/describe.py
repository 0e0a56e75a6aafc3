"""Events and states in words, for the events pane, the command line and notifications."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgechaos_tui.presentation.text import clean, duration, number, setting, signed
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.session.events import (
    RECORDED_FORMAT,
    Answer,
    AnyEvent,
    Changed,
    Diverged,
    Epoch,
    Failed,
    Finished,
    Forked,
    Notice,
    Paused,
    Resumed,
    Rewound,
    Started,
    Stopped,
)
from engine.storage.session.recorded import TUNABLE, RecordedHyperparameters
from engine.storage.session.status import Status

STATUS_GLYPH = {
    Status.STARTING: "◌",
    Status.TRAINING: "●",
    Status.PAUSED: "‖",
    Status.FINISHED: "■",
    Status.STOPPED: "□",
    Status.DIVERGED: "✗",
    Status.FAILED: "✗",
    Status.INTERRUPTED: "!",
    Status.ELSEWHERE: "?",
}
PHASE_GLYPH = {"ordered": "▽", "edge": "◆", "chaotic": "▲"}


def status_words(status: Status, host: str = "") -> str:
    """The status as it reads on screen."""
    if status is Status.ELSEWHERE:
        return f"running on {clean(host) or 'another host'}?"
    return str(status)


def label_of(name: str) -> str:
    """A hyperparameter's label; its own name when this version does not know it."""
    return PARAMETERS[name].label if name in PARAMETERS else clean(name)


RECORDED_WORDS: Final = "recorded from a training loop outside edgechaos-tui"


def is_editable(name: str, hyperparameters: Hyperparameters) -> bool:
    """Whether a person can change `name`; of a recorded run, only what its loop allows."""
    return hyperparameters.uses(name) and (
        name in TUNABLE or not isinstance(hyperparameters, RecordedHyperparameters)
    )


def network_words(hyperparameters: Hyperparameters) -> str:
    """`tanh, N 784`, `mlp 3 × 784, tanh`."""
    model, activation, width = (
        getattr(hyperparameters, n) for n in ("model", "activation", "width")
    )
    if model == "paper":
        return f"{activation}, N {width}"
    return f"{model} {hyperparameters.depth} × {width}, {activation}"


def changes_words(values: Mapping[str, int | float], previous: Mapping[str, int | float]) -> str:
    """`lr 0.01 → 0.02, λ 0 → 5e-5`."""
    return ", ".join(
        f"{label_of(name)} {setting(previous[name])} → {setting(value)}"
        if name in previous
        else f"{label_of(name)} {setting(value)}"
        for name, value in values.items()
    )


def is_steering(event: Changed) -> bool:
    """Whether `event` is one of the values of λ that hold J², which nobody chose."""
    return bool(event.by) and event.values.keys() == {"l2"}


def fork_words(event: Forked) -> str:
    """`fork of brave-tern at epoch 37`."""
    return clean(f"fork of {event.parent} at epoch {event.epoch}")


def describe(event: AnyEvent) -> str | None:
    """One line about `event`; None for epochs and for the λ that holds J²: charts show these."""
    if isinstance(event, Changed) and is_steering(event):
        return None
    words = _WORDS.get(type(event))
    return None if words is None else clean(words(event))


def _started(event: Started) -> str:
    verb = "started" if event.from_epoch == 0 else f"resumed after epoch {event.from_epoch}"
    if event.schema == RECORDED_FORMAT:
        return f"recording {verb} on {event.host}, process {event.pid}"
    threads = f"{event.threads} thread" + ("s" if event.threads != 1 else "")
    images = f"{event.train_size:,} training and {event.test_size:,} test images"
    return f"{verb} on {event.host}, {event.device}, {threads}; {event.dataset}, {images}"


def _changed(event: Changed) -> str:
    words = changes_words(event.values, event.previous)
    if not event.previous:
        # The loop reports its own settings, which were unknown: nothing changes.
        return f"reported by the program: {words}"
    return f"epoch {event.epoch}: {words}, from here on"


def _forked(event: Forked) -> str:
    return f"{fork_words(event)}; {event.note}" if event.note else fork_words(event)


def _after(epoch: int) -> str:
    """` after epoch 3`; "" before the first, and for a recorded run that only counts steps."""
    return f" after epoch {epoch}" if epoch > 0 else ""


def _answer(event: Answer) -> str:
    command = event.command or "a line that is no command"
    return f"{command}: {event.text}" if event.applied else f"{command} refused: {event.text}"


_WORDS: dict[type, Callable[[Any], str]] = {
    Started: _started,
    Changed: _changed,
    Paused: lambda e: f"paused{_after(e.epoch)}: {e.reason}",
    Resumed: lambda e: f"resumed{_after(e.epoch)}",
    Answer: _answer,
    Notice: lambda e: e.text,
    Forked: _forked,
    # A rewind without a reason: a recorded run has only added to its last line.
    Rewound: lambda e: f"back to epoch {max(e.epoch, 0)}: {e.reason}" if e.reason else "",
    Diverged: lambda e: e.text,
    Finished: lambda e: f"finished{_after(e.epoch)}",
    Stopped: lambda e: f"stopped{_after(e.epoch)}: {e.reason}",
    Failed: lambda e: f"failed: {e.text}",
}


def epoch_words(event: Epoch) -> str:
    """One line about an epoch, for a terminal without a screen."""
    steering = f"λ {setting(event.l2)}  " if event.hold_j2 else ""
    return (
        f"epoch {event.epoch}/{event.epochs}  "
        f"loss train {number(event.train_loss)} test {number(event.test_loss)}  "
        f"accuracy train {number(event.train_accuracy)} test {number(event.test_accuracy)}  "
        f"J² {number(event.j2)}  d {signed(event.edge_distance)}  "
        f"{steering}{duration(event.seconds)}"
    )
