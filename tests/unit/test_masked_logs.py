"""What is private reaches no handler: not in a message, its arguments, an exception, nor a span."""

import logging
from collections.abc import Iterator

import pytest

from shared.correlation import following, log_correlation_ids
from shared.masked_logs import mask_logs, masked_attributes
from shared.quiet_logs import CHATTY, quieten


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    log_correlation_ids.__wrapped__()
    mask_logs.__wrapped__()
    handler = Kept()
    for name in ("helpdesk.test", "azure.sdk"):
        logging.getLogger(name).addHandler(handler)
    yield handler
    for name in ("helpdesk.test", "azure.sdk"):
        logging.getLogger(name).removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_messages_and_arguments_are_masked(kept: Kept):
    logging.getLogger("azure.sdk").warning("sent %s to %s", {"text": "password: Hunter2"}, "bob@example.org")
    assert kept.records[0].getMessage() == "sent {'text': 'password: [password] to [email]"


def test_an_exception_is_masked_with_its_traceback_and_its_cause(kept: Kept):
    try:
        try:
            raise ValueError("my password is Hunter2")
        except ValueError as error:
            raise RuntimeError("card 4111 1111 1111 1111 refused") from error
    except RuntimeError:
        logging.getLogger("azure.sdk").exception("call failed")
    record = kept.records[0]
    said = logging.Formatter().format(record)
    assert "RuntimeError: card [card] refused" in said
    assert "Hunter2" not in said
    assert "4111" not in said
    assert record.exc_info is None


def test_a_line_whose_arguments_do_not_fit_is_still_written(kept: Kept):
    logging.getLogger("azure.sdk").warning("%d tickets", "bob@example.org")
    assert "[email]" in kept.records[0].getMessage()


def test_the_correlation_id_stays(kept: Kept):
    with following("b942a17f-0141-4105-a099-497d32580ccc"):
        logging.getLogger("helpdesk.test").warning("mail from %s", "bob@example.org")
    assert kept.records[0].getMessage() == "mail from [email] [b942a17f-0141-4105-a099-497d32580ccc]"


def test_a_number_beside_ids_counts_and_fractions_is_still_masked(kept: Kept):
    with following("b942a17f-0141-4105-a099-497d32580ccc"):
        said = "04cdec4ea354401e9132f86d: 12345 tokens, 0.003412 USD, ring (030) 901820"
        logging.getLogger("helpdesk.test").warning(said)
    told = kept.records[0].getMessage()
    assert told == f"{said.replace('(030) 901820', '[phone]')} [b942a17f-0141-4105-a099-497d32580ccc]"


def test_attributes_of_spans_are_masked_in_lists_too():
    told = masked_attributes({"ticket.subject": "from bob@example.org", "names": ["PIN: 4821", "x"], "tokens": 3})
    assert told == {"ticket.subject": "from [email]", "names": ("PIN: [password]", "x"), "tokens": 3}


@pytest.mark.parametrize("name", CHATTY)
def test_a_library_that_tells_of_every_call_is_heard_only_when_something_is_wrong(name: str):
    """By the loggers they really use: a rename on their side must not bring the lines back unseen."""
    from azure.durable_functions import client, worker
    from azure_functions_runtime.logging import logger as runtime

    quieten()
    theirs = (client._LOGGER, worker._LOGGER, runtime)  # pyright: ignore[reportPrivateUsage]
    for logger in (logging.getLogger(name), *theirs):
        assert not logger.isEnabledFor(logging.INFO)
        assert logger.isEnabledFor(logging.WARNING)
