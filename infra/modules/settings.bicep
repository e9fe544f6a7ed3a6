// What the app finds in its environment. The names are those of docs/configuration.md; `make check` compares them.
param identityClientId string
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string
param insightsConnection string
param onScheduler bool
param schedulerEndpoint string
param taskHubName string
param openaiEndpoint string
param searchEndpoint string
param contentSafetyEndpoint string
@description('People sign in through App Service Authentication, which then tells the app who calls.')
param signInOn bool
param cosmosEndpoint string
param cosmosDatabase string
param redisUrl string
param topicEndpoint string
@description('Whatever else docs/configuration.md lists; wins over what stands here.')
param extraSettings object

var host = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  PYTHON_ENABLE_OPENTELEMETRY: 'true'
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_ISOLATE_WORKER_DEPENDENCIES: '1'
  SWEEP_SCHEDULE: '0 */5 * * * *'
  TASKHUB_NAME: taskHubName
}

var scheduler = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
}

var desk = {
  MODEL_PROVIDER: 'azure_openai'
  AZURE_OPENAI_ENDPOINT: openaiEndpoint
  AZURE_OPENAI_MODEL: 'strong'
  AGENT_MODELS: '{"triage-analyst": "small", "support": "small"}'
  COSMOS_ENDPOINT: cosmosEndpoint
  COSMOS_DATABASE: cosmosDatabase
  REDIS_URL: redisUrl
  REDIS_CREDENTIAL: 'entra'
  EVENT_GRID_TOPIC_ENDPOINT: topicEndpoint
  AZURE_SEARCH_ENDPOINT: searchEndpoint
  EMBEDDING_MODEL: 'embedding'
  CONTENT_SAFETY_ENDPOINT: contentSafetyEndpoint
  APP_SERVICE_AUTH: string(signInOn)
}

@description('Without what is secret or only of use in Azure: outputs of a deployment can be read by many.')
output forHooks object = desk
output all object = union(host, onScheduler ? scheduler : {}, desk, extraSettings)
