import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.storage.errors import DamagedLine, NewerSchema, UnknownEvent
from engine.storage.session import events
from tests.support.event_samples import any_event, epoch_event, same, started_event


@given(any_event)
def test_every_event_comes_back_as_it_was_written(event: events.LoggedEvent) -> None:
    line = events.encode(event)
    assert line.count(b"\n") == 1
    assert line.startswith(b'{"type":"')
    assert same(events.decode(line), event)


def test_not_finite_is_data_and_null_is_not_measured() -> None:
    line = events.encode(epoch_event(3, test_loss=math.nan, j=math.inf, j0=-math.inf, gain=None))
    record = json.loads(line)
    assert (record["test_loss"], record["j"], record["j0"]) == ("nan", "inf", "-inf")
    assert record["gain"] is None


def test_an_unknown_type_is_unknown_and_noise_is_damage() -> None:
    with pytest.raises(UnknownEvent):
        events.decode(b'{"type":"telepathy","t":1,"elapsed":1}')
    for line in (b"{", b"[]", b'{"type":"epoch"}', b"\xff\xfe", b'{"type":7}', b"[" * 100_000):
        with pytest.raises(DamagedLine):
            events.decode(line)


@pytest.mark.parametrize("line", [
    b'{"type":"started","schema":2,"t":1,"elapsed":0,"another":"shape"}',
    b'{"type":"started","schema":99}',
    events.encode(started_event(schema=2)),
])  # fmt: skip
def test_a_newer_major_version_is_refused_in_a_sentence(line: bytes) -> None:
    with pytest.raises(NewerSchema, match="install a newer edgechaos-tui"):
        events.decode(line)


@pytest.mark.parametrize(
    "impossible",
    [
        {"lr": 0.0}, {"lr": math.inf}, {"lr": math.nan}, {"momentum": 1.0}, {"momentum": -0.1},
        {"l2": -1e-9}, {"l2": math.nan}, {"batch_size": 0}, {"epochs": -1}, {"epochs": 2**40},
        {"indicators_every": -1}, {"seconds": -0.1}, {"seconds": math.nan},
    ],
)  # fmt: skip
def test_what_no_run_can_have_is_damage(impossible: dict[str, float]) -> None:
    with pytest.raises(DamagedLine):
        events.decode(events.encode(epoch_event(1, **impossible)))
    for number in (-1, 2**40):
        with pytest.raises(DamagedLine):
            events.decode(events.encode(epoch_event(number)))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(line: bytes) -> None:
    try:
        events.decode(line)
    except (UnknownEvent, DamagedLine, NewerSchema):
        return


def test_a_line_lacks_what_was_not_measured_of_the_machine() -> None:
    line = events.encode(epoch_event(3, process_cpu=1.5))
    assert b'"process_cpu":1.5' in line
    assert b"gpu" not in line
    assert b'"lyapunov":null' in line
    assert events.decode(line) == epoch_event(3, process_cpu=1.5)
