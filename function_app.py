"""The Functions app: one blueprint a channel, registered here and nowhere else."""

import azure.durable_functions as df

from shared.correlation import log_correlation_ids
from shared.masked_logs import mask_logs
from shared.quiet_logs import quieten
from triggers import (
    alerts,
    approval_links,
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
    me,
    openapi,
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
from triggers.identity import door_level

log_correlation_ids()
mask_logs()
quieten()

app = df.DFApp(http_auth_level=door_level())

for channel in (
    tickets,
    approvals,
    approval_links,
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
    me,
    openapi,
    user_memory,
    health,
    schedule,
    subscribers,
    telemetry,
    durable,
):
    app.register_functions(channel.bp)
