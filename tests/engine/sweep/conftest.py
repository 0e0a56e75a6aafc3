from collections.abc import Iterator

import pytest

from tests.support.sweep_process import end_all


@pytest.fixture(autouse=True)
def _nothing_stays_at_work() -> Iterator[None]:
    yield
    end_all()
