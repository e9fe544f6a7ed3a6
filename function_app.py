"""The Functions app: one blueprint a channel, registered here and nowhere else."""

import azure.durable_functions as df
import azure.functions as func

from triggers import approvals, archive, batches, durable, health, schedule, tickets, workflows

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for channel in (tickets, approvals, batches, archive, health, schedule, workflows, durable):
    app.register_functions(channel.bp)
