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
scheduler=$(az resource list --resource-group "$group" --resource-type Microsoft.DurableTask/schedulers \
  --query "[0].id" --output tsv)
if [ -z "$scheduler" ]; then
  echo "replay: $app has no Durable Task Scheduler, and what Azure Storage holds cannot be read from outside" >&2
  exit 2
fi
endpoint=$(az resource show --ids "$scheduler" --query properties.endpoint --output tsv)
hub=$(az functionapp config appsettings list --resource-group "$group" --name "$app" \
  --query "[?name=='TASKHUB_NAME'].value | [0]" --output tsv)
exec "$python" -m delivery.in_flight --scheduler "$endpoint" --hub "$hub"
