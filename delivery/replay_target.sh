#!/bin/sh
# Replays what is in flight in the desk of a resource group on this checkout (delivery/in_flight.py), before it is
# deployed there. Fails where it cannot look; only where no desk was deployed yet there is nothing to look at.
set -eu
cd "$(dirname "$0")/.."
group=${1:?names no resource group}
python=${PYTHON:-.venv/bin/python}

exists=$(az group exists --name "$group")
if [ "$exists" = false ]; then
  echo "replay: there is no $group yet, so nothing is in flight"
  exit 0
fi
app=$(az functionapp list --resource-group "$group" --query "[?tags.\"azd-service-name\"=='desk'].name | [0]" --output tsv)
if [ -z "$app" ]; then
  echo "replay: no desk in $group yet, so nothing is in flight"
  exit 0
fi
setting() {
  az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[?name=='$1'].value | [0]" \
    --output tsv
}
# Of the app, not of the group: the scheduler may have been there before, elsewhere.
connection=$(setting DURABLE_TASK_SCHEDULER_CONNECTION_STRING)
if [ -z "$connection" ]; then
  echo "replay: $app has no Durable Task Scheduler, and what Azure Storage holds cannot be read from outside" >&2
  exit 2
fi
endpoint=${connection#Endpoint=}
hub=$(setting TASKHUB_NAME)
exec "$python" -m delivery.in_flight --scheduler "${endpoint%%;*}" --hub "$hub"
