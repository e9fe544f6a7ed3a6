# Before the package is made: what is installed is what pyproject.toml asks for, and cold starts compile nothing.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location (Join-Path $PSScriptRoot '../..')
$python = if ($env:PYTHON) { $env:PYTHON } else { '.venv/Scripts/python.exe' }
if (-not (Test-Path $python)) { throw 'prepackage: set up .venv first' }
& $python tests/requirements_in_step.py
# By content, not by time: the package is unpacked elsewhere, and every file's time is then another. Checked, so that
# what is edited here afterwards counts; forced, since what was compiled by time would else stay as it is.
& $python -m compileall -q -f --invalidation-mode checked-hash function_app.py activities adapters agents orchestrations shared triggers
