"""The Functions app: one blueprint a channel, registered here and nowhere else."""

import azure.durable_functions as df
import azure.functions as func

from shared.correlation import log_correlation_ids
from shared.masked_logs import mask_logs
from triggers import (
    alerts,
    approvals,
    archive,
    articles,
    audit,
    batches,
    console,
    conversations,
    dashboard,
    dead_letters,
    durable,
    erasure,
    health,
    knowledge,
    schedule,
    subscribers,
    tasks,
    telemetry,
    tickets,
    usage,
    user_memory,
    users,
    watch,
    workflows,
)

log_correlation_ids()
mask_logs()

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for channel in (
    tickets,
    approvals,
    batches,
    conversations,
    workflows,
    watch,
    tasks,
    dead_letters,
    archive,
    audit,
    knowledge,
    articles,
    users,
    erasure,
    usage,
    alerts,
    dashboard,
    console,
    user_memory,
    health,
    schedule,
    subscribers,
    telemetry,
    durable,
):
    app.register_functions(channel.bp)
