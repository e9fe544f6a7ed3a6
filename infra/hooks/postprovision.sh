#!/bin/sh
# After the resources are there: the knowledge index exists and holds the articles, those too that people approved.
# Running it again changes nothing.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || { echo "postprovision: run make check first; it sets up .venv" >&2; exit 1; }
# All of them, as the app will have them: without the storage approved articles would leave the index, and without the
# embeddings it would be made as one that finds by words alone.
: "${AzureWebJobsStorage__blobServiceUri:?is an output of azd provision}"
: "${AZURE_SEARCH_ENDPOINT:?is an output of azd provision}"
: "${MODEL_PROVIDER:?is an output of azd provision}"
: "${AZURE_OPENAI_ENDPOINT:?is an output of azd provision}"
: "${AZURE_OPENAI_MODEL:?is an output of azd provision}"
: "${EMBEDDING_MODEL:?is an output of azd provision}"
"$python" samples/load_knowledge.py
