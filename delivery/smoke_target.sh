#!/bin/sh
# Puts one ticket through the desk of a resource group (samples/smoke.py). Signs in with whoever is signed in to az:
# by an Entra token where the desk signs people in, else with its function key. No secret is kept for it.
set -eu
cd "$(dirname "$0")/.."
group=${1:?names no resource group}
python=${PYTHON:-.venv/bin/python}

app=$(az functionapp list --resource-group "$group" --query "[?tags.\"azd-service-name\"=='desk'].name | [0]" --output tsv)
host=$(az functionapp show --resource-group "$group" --name "$app" --query properties.defaultHostName --output tsv)
if [ -n "${HELPDESK_AUTH_CLIENT_ID:-}" ]; then
  DESK_TOKEN=$(az account get-access-token --resource "api://$HELPDESK_AUTH_CLIENT_ID" --query accessToken --output tsv)
  export DESK_TOKEN
else
  DESK_KEY=$(az functionapp keys list --resource-group "$group" --name "$app" --query functionKeys.default --output tsv)
  export DESK_KEY
fi
exec "$python" samples/smoke.py "https://$host"
