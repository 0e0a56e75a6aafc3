"""A replay in a real pseudo-terminal, as a person types it."""

from pathlib import Path

from tests.support.comparisons import written
from tests.support.recorded_runs import record
from tests.support.terminal import Terminal

LEFT, END, SHIFT_LEFT = "\x1b[D", "\x1b[F", "\x1b[1;2D"


def test_a_replay_waits_in_silence_plays_and_ends(sessions_root: Path) -> None:
    record(sessions_root, "brave")
    options = ["open", "brave", "--at", "30", "--speed", "64", "--paused", "--no-diagram"]
    app = Terminal(options, environment={"EDGECHAOS_SESSIONS": str(sessions_root)})
    app.wait_for(lambda text: "← replay" in text and "epoch 30/60" in text)
    app.pump(1.0)
    received = app.bytes_received
    app.pump(2.0)
    assert app.bytes_received == received

    app.child.send(LEFT)
    app.wait_for("epoch 29/60")
    app.child.send(SHIFT_LEFT)
    app.wait_for("epoch 19/60")
    app.press("+")
    app.wait_for("this is a replay at epoch 19")
    app.press("e")
    app.wait_for("epoch 20/60")
    app.press(" ")
    app.wait_for("■ finished")
    app.child.send(LEFT)
    app.wait_for("epoch 59/60")
    app.child.send(END)
    app.wait_for("■ finished")
    app.press("q")
    app.wait_for("sessions · 1")
    app.press("q")
    app.wait_for(lambda _: not app.child.isalive())


def test_a_comparison_waits_in_silence_plays_and_ends(sessions_root: Path) -> None:
    for name, lr in (("slow", 0.02), ("fast", 0.04)):
        written(sessions_root, name, 60, lr=lr)
    options = ["compare", "slow", "fast", "--at", "30", "--speed", "64", "--paused"]
    app = Terminal(options, environment={"EDGECHAOS_SESSIONS": str(sessions_root)})
    try:
        app.wait_for(lambda text: "← replay" in text and "epoch 30/60" in text)
        app.pump(1.0)
        received = app.bytes_received
        app.pump(1.5)
        assert app.bytes_received == received
        app.press(" ")
        app.wait_for(lambda text: "← replay" not in text and "epoch 60/60" in text)
        app.pump(1.0)
        received = app.bytes_received
        app.pump(1.5)
        assert app.bytes_received == received
    finally:
        app.close()
