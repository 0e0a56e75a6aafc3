"""The tables against the events that they describe."""

import msgspec

from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.metrics import METRICS, RETRAINED
from engine.storage.session.events import Epoch, Event, same_results
from engine.storage.session.machine import MachineUse
from tests.support.event_samples import epoch_event

USE = set(MachineUse.__struct_fields__)


def test_an_epoch_has_the_metrics_and_what_was_in_force_and_nothing_else() -> None:
    # `layers` holds what is measured of each layer, and is no one number.
    other_fields = {field.name for field in msgspec.structs.fields(Event)} | {"layers"}
    fields = [
        field.name for field in msgspec.structs.fields(Epoch) if field.name not in other_fields
    ]
    assert fields == ["epoch", *METRICS, *CHANGEABLE]


def test_what_training_again_gives_is_judged_unless_the_last_bit_decides_it() -> None:
    not_judged = [name for name in RETRAINED if METRICS[name].tolerance is None]
    errors = ["lambda_depth_error", "lambda_angle_error"]
    assert not_judged == ["asymptotic_distance", *errors]
    assert set(METRICS) - set(RETRAINED) == {"seconds", "twin_distance", *USE}


def test_what_is_of_the_machine_is_what_a_sample_of_it_has() -> None:
    of_machine = {name for name, metric in METRICS.items() if metric.of_machine}
    assert of_machine == {"seconds", *USE}
    # Values of the machine tell nothing of whether two lines are of the same epoch.
    once = epoch_event(3, process_cpu=1.0, gpu_power=300.0, seconds=2.0)
    assert same_results(once, epoch_event(3))
    assert not same_results(once, epoch_event(3, test_loss=0.7))
