from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.library.facts import LibraryEntry
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.library.query import Query, QueryError, parse
from edgechaos_tui.presentation.text import clean
from engine.storage.hyperparameters import PARAMETERS, build
from engine.storage.session.recorded import from_config
from engine.storage.session.session import Session
from engine.storage.session.status import Status

FACTS = LibraryEntry(
    created=1.0,
    hyperparameters=build({"lr": 0.02, "dataset": "synthetic"}),
    note="The Second panel",
    tags=("fig4", "Paper"),
    read=True,
    epochs_done=37,
    best_loss=0.336,
    test_accuracy=0.882,
    test_loss=float("nan"),
    j2=1.2,
    edge_distance=0.1,
    phase="chaotic",
)
ROW = LibraryRow(Session(Path("/s/fashion-brave-tern")), 1.0, Status.TRAINING, FACTS)
UNREAD = LibraryRow(Session(Path("/s/other")), 1.0)
ODD = [
    ROW,
    UNREAD,
    LibraryRow(ROW.session, 1.0, None, None, "damaged"),
    LibraryRow(ROW.session, 1.0, Status.FAILED, msgspec.structs.replace(FACTS, j2=float("inf"))),
]


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "brave", "BRAVE second", "fig4", '"second panel"', "lr=0.02", "lr>=0.02",
        "lr<=.02", "l2=0", "λ:0", "best<0.34", "acc>0.88", "j2>1", "d>0", "epoch>=37", "B=32",
        "phase:chaotic", "phase:ch", "status:training", "status=training", "status!=paused",
        "tag:fig4", "tag:paper", "name:brave", 'note:"second panel"', "dataset:syn",
        "batch-size:32", "lr>=0.01 l2=0 best<0.34 phase:chaotic", "seed=0", "α=0.5",
    ],
)  # fmt: skip
def test_a_filter_that_the_session_fulfils(text: str) -> None:
    assert _matches(parse(text), ROW)


@pytest.mark.parametrize(
    "text",
    [
        "lr>0.02", "lr<0.02", "lr!=0.02", "best<0.336", "calm", "phase:edge", "status:paused",
        "tag:fig5", "note:third", "crossed>0", "loss>0", "loss<9", "lr=0.02 calm", "parent:x",
        "status!=training", "dataset:fashion",
    ],
)  # fmt: skip
def test_a_filter_that_it_does_not_fulfil(text: str) -> None:
    assert not _matches(parse(text), ROW)


def test_what_is_not_known_yet_fulfils_only_its_name() -> None:
    assert _matches(parse("oth"), UNREAD)
    for text in ("lr>0", "phase!=edge", "status:t", "best<9", "second"):
        assert not _matches(parse(text), UNREAD)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lr>=", "needs a value"),
        ("lr>=fast", "lr: fast is not a number"),
        ("lr>nan", "is not a finite number"),
        ("colour:red", "colour is no key of the filter"),
        ("phase:liquid", "phase is one of ordered, edge, chaotic"),
        ("phase>edge", "phase is a word"),
        ("status:flying", "status is one of starting"),
        ("x" * 501, "at most 500"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse(text)


_KEYS = st.sampled_from((*PARAMETERS, "best", "d", "crossed", "name", "phase", "α", "λ", "what"))
_CONDITIONS = st.builds(
    lambda key, operator, value: f"{key}{operator}{value}",
    _KEYS,
    st.sampled_from((">=", "<=", "!=", ">", "<", "=", ":")),
    st.text(max_size=12) | st.floats().map(str) | st.integers().map(str),
)


@given(st.text(max_size=60) | st.lists(_CONDITIONS | st.text(max_size=9)).map(" ".join))
def test_whatever_is_typed_is_a_filter_or_one_sentence(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert str(error)
        assert clean(str(error)) == str(error)
        assert len(str(error)) < 160
        return
    for row in ODD:
        assert _matches(query, row) in (True, False)


RECORDED = LibraryRow(
    ROW.session,
    1.0,
    Status.FINISHED,
    msgspec.structs.replace(
        FACTS,
        hyperparameters=from_config({"lr": 0.1, "optimizer": "adamw", "model.name": "ResNet18"}),
    ),
)


@pytest.mark.parametrize(
    "text",
    ["config.lr>=0.1", "lr=0.1", "optimizer:adamw", "config.model.name:resnet", "config.lr!=2"],
)
def test_a_filter_on_what_a_recorded_run_was_given(text: str) -> None:
    assert _matches(parse(text), RECORDED)


@pytest.mark.parametrize(
    "text",
    ["config.lr>0.1", "momentum>=0", "optimizer=adam", "config.seed=0", "config.model.name=resnet"],
)
def test_a_filter_passes_over_what_nobody_told(text: str) -> None:
    assert not _matches(parse(text), RECORDED)


def test_a_key_of_a_config_is_a_hyperparameter_of_an_engine_s_run() -> None:
    assert _matches(parse("config.lr=0.02 config.dataset:synthetic"), ROW)
    assert not _matches(parse("config.depth=3"), ROW)


def _matches(query: Query, row: LibraryRow) -> bool:
    return all(test(row) for test in query.tests)
