"""The usage channel: what thinking cost on a day."""

from datetime import UTC, datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import StringConstraints

from shared.budget import DayUsage
from shared.model import Model
from triggers.http import Day, json_response, read_query
from triggers.operations import door
from triggers.services import Services

bp = df.Blueprint()


class UsageQuery(Model):
    """Query of GET /usage; the day is today's (UTC) where none is named."""

    day: Day | None = None
    requester: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


@door(bp, query=UsageQuery, answers={200: DayUsage})
async def get_usage(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    asked = read_query(req, UsageQuery)
    return json_response(await services.ledger.day(asked.day or datetime.now(UTC).date(), asked.requester))
