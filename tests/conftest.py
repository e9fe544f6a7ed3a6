"""What holds for every test that runs the product in its own process."""

from collections.abc import Iterator

import pytest

from adapters import storage_account


@pytest.fixture(scope="session", autouse=True)
def storage_that_is_down_is_asked_again_at_once() -> Iterator[None]:
    """It is asked as often as ever, without the pause; desks that tests start keep theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for part in ("initial_backoff", "increment_base", "random_jitter_range"):
            patch.setitem(storage_account.PATIENCE, part, 0)
        yield
