# After the resources are there: the knowledge index exists and holds the articles. Running it again changes nothing.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location (Join-Path $PSScriptRoot '../..')
$python = if ($env:PYTHON) { $env:PYTHON } else { '.venv/Scripts/python.exe' }
if (-not (Test-Path $python)) { throw 'postprovision: set up .venv from requirements.txt first' }
if (-not $env:AZURE_SEARCH_ENDPOINT) { throw 'AZURE_SEARCH_ENDPOINT is an output of azd provision' }
& $python samples/load_knowledge.py
