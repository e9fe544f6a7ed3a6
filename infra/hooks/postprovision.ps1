# After the resources are there: the knowledge index exists and holds the articles, those too that people approved.
# Running it again changes nothing.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location (Join-Path $PSScriptRoot '../..')
$python = if ($env:PYTHON) { $env:PYTHON } else { '.venv/Scripts/python.exe' }
if (-not (Test-Path $python)) { throw 'postprovision: set up .venv from requirements-dev.txt first' }
# All of them, as the app will have them: without the storage approved articles would leave the index, and without the
# embeddings it would be made as one that finds by words alone.
foreach ($name in @(
        'AzureWebJobsStorage__blobServiceUri'
        'AZURE_SEARCH_ENDPOINT'
        'MODEL_PROVIDER'
        'AZURE_OPENAI_ENDPOINT'
        'AZURE_OPENAI_MODEL'
        'EMBEDDING_MODEL'
    )) {
    if (-not [Environment]::GetEnvironmentVariable($name)) { throw "${name}: is an output of azd provision" }
}
& $python samples/load_knowledge.py
