"""The documented queries are queries, and what reads them refuses what is none."""

import pytest

from samples.stack import REPOSITORY
from tests.kusto import parse, queries


def test_every_question_of_the_operator_has_its_query():
    found = queries(REPOSITORY / "docs" / "telemetry.md")
    assert len(found) == 9
    asked = {name for query in found for name in query.metrics | query.dimensions}
    assert {"helpdesk.ticket.id", "gen_ai.agent.name", "helpdesk.model.cost", "helpdesk.sla.breaches"} <= asked


@pytest.mark.parametrize(
    "text",
    [
        "requests | where duratoin > 5", "requests | were duration > 5", "requests | where (duration > 5",
        "requests | where duration > 5)", "customers | where duration > 5", "requests | where duration > `5`",
        "customMetrics | where duration > 5",
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused(text: str):
    with pytest.raises(SyntaxError):
        parse(text)
