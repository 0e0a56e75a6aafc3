"""The history of a log: which results count as the same."""

from engine.runtime.history import same_metrics
from tests.support.event_samples import epoch_event


def test_what_an_earlier_version_did_not_measure_is_no_other_result() -> None:
    before, now = epoch_event(3), epoch_event(3, bulk_j=0.5, lambda_depth=0.1)
    assert same_metrics(before, now)
    assert not same_metrics(now, before)
    assert not same_metrics(epoch_event(3, gain=None), epoch_event(3, gain=0.25))
