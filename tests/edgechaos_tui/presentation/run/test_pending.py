"""Commands that the log has not answered yet."""

from edgechaos_tui.presentation.run.pending import Pending
from engine.storage import commands
from engine.storage.session.events import (
    Answer,
)
from tests.support.event_samples import started_event


def test_a_wish_is_pending_until_it_is_answered_or_its_engine_is_gone() -> None:
    pending = Pending()
    for name, lr in (("1", 0.01), ("2", 0.03)):
        pending.sent(commands.Set(id=name, incarnation="i", values={"lr": lr}))
    assert pending.values == {"lr": 0.03}
    answer = Answer(t=1.0, elapsed=1.0, id="2", command="set", applied=True, text="", offset=1)
    pending.settle(answer)
    assert pending.values == {"lr": 0.01}
    assert pending.names == ["set"]
    pending.settle(started_event(incarnation="another"))
    assert pending.values == {}
