"""Sessions that no engine wrote: what a stranger may send."""

import json
from pathlib import Path

import msgspec

from engine.storage.hyperparameters import build
from engine.storage.session import events
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Failed, LoggedEvent, Notice, Stopped
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event

PAYLOAD = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[31m\x9b31m\x9d0;owned\x9c\r\b\x7f\x00\x0e"
    "[bold red]markup[/] [@click=app.bell]click[/] ‮evil"
)
"""OSC (window title, clipboard), CSI in both spellings, control characters, markup, bidi."""

SHOWN = "[bold red]markup[/] [@click=app.bell]click[/]"
"""The part of the payload that is shown unchanged."""

FORBIDDEN = ("\x1b]0;owned", "\x1b]52;", "\x9b", "\x9d", "\x9c", "\x00", "\x0e", "\u202e")

METRICS = (
    "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0", "edge_distance",
    "gain", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau",
)  # fmt: skip


def hostile(root: Path, name: str = "evil", **of_info: object) -> Session:
    """A session whose every string is the payload; `of_info` goes into session.json."""
    created = create(root, build({"dataset": "synthetic"}), name)
    info = json.loads((created.folder / "session.json").read_text())
    parent = {"id": PAYLOAD, "name": PAYLOAD, "epoch": 0}
    info |= {"name": PAYLOAD, "note": PAYLOAD, "tags": [PAYLOAD], "parent": parent} | of_info
    info["hyperparameters"]["data_dir"] = PAYLOAD
    (created.folder / "session.json").write_text(json.dumps(info))
    times = events.Times(t=2000.0, elapsed=5.0)
    _write(
        created,
        started_event(
            host=PAYLOAD, device=PAYLOAD, dataset=PAYLOAD, versions={PAYLOAD: PAYLOAD},
            hyperparameters={PAYLOAD: PAYLOAD},
        ),
        *[epoch_event(k) for k in range(4)],
        Notice(**times, text=PAYLOAD),
        events.Answer(**times, id=PAYLOAD, command=PAYLOAD, applied=False, text=PAYLOAD, offset=1),
        events.Changed(**times, epoch=4, values={PAYLOAD: 1}, previous={PAYLOAD: 2}),
        events.Paused(**times, epoch=3, reason=PAYLOAD),
        Stopped(**times, epoch=3, reason=PAYLOAD),
        started_event(t=2000.0, host=PAYLOAD),
        Failed(**times, epoch=3, text=PAYLOAD, traceback=PAYLOAD),
    )  # fmt: skip
    return created


def out_of_range(root: Path, name: str, value: float, seconds: float = 1.0) -> Session:
    """A session with `value` in every metric of some epochs, and an absurd last one."""
    created = create(root, build({"dataset": "synthetic"}), name)
    wild = dict.fromkeys(METRICS, value)
    settings = {"lr": value, "momentum": value, "l2": value, "seconds": seconds}
    _write(
        created,
        started_event(),
        epoch_event(0),
        epoch_event(1, **wild),
        epoch_event(2, **dict.fromkeys(METRICS, -value)),
        epoch_event(3, **wild, **settings, batch_size=0, epochs=-5, t=-1e300, elapsed=1e300),
        epoch_event(10**18, **wild, **settings, epochs=2**63 - 1, t=1e300),
        events.Changed(
            t=value, elapsed=value, epoch=10**18, values={"lr": value}, previous={"lr": -value}
        ),
        Stopped(t=1e300, elapsed=value, epoch=10**18, reason="enough"),
    )
    return created


def _write(created: Session, *logged: LoggedEvent) -> None:
    writer = LogWriter(created.log)
    for event in logged:
        writer.append(event)
    writer.close()
    assert msgspec.json.decode(created.log.read_bytes().splitlines()[0])
