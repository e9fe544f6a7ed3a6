#!/bin/sh
# After the resources are there: the knowledge index exists and holds the articles. Running it again changes nothing.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || ./setup.sh
: "${AZURE_SEARCH_ENDPOINT:?is an output of azd provision}"
exec "$python" samples/load_knowledge.py
