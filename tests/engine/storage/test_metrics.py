"""The tables against the events that they describe."""

import msgspec

from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.metrics import METRICS, RETRAINED
from engine.storage.session.events import Epoch, Event


def test_an_epoch_has_the_metrics_and_what_was_in_force_and_nothing_else() -> None:
    # `layers` holds what is measured of each layer, and is no one number.
    others = {field.name for field in msgspec.structs.fields(Event)} | {"layers"}
    fields = [field.name for field in msgspec.structs.fields(Epoch) if field.name not in others]
    assert fields == ["epoch", *METRICS, *CHANGEABLE]


def test_what_training_again_gives_is_judged_unless_the_last_bit_decides_it() -> None:
    not_judged = [name for name in RETRAINED if METRICS[name].tolerance is None]
    errors = ["lambda_depth_error", "lambda_angle_error"]
    assert not_judged == ["asymptotic_distance", *errors]
    assert set(METRICS) - set(RETRAINED) == {"seconds", "twin_distance"}
