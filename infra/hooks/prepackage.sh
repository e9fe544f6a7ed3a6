#!/bin/sh
# Before the package is made: what is installed is what pyproject.toml asks for, and cold starts compile nothing.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || { echo "prepackage: run make check first; it sets up .venv" >&2; exit 1; }
"$python" tests/requirements_in_step.py
# By content, not by time: the package is unpacked elsewhere, and every file's time is then another. Checked, so that
# what is edited here afterwards counts; forced, since what was compiled by time would else stay as it is.
"$python" -m compileall -q -f --invalidation-mode checked-hash function_app.py activities adapters agents orchestrations shared triggers
