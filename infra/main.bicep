// Everything the desk needs, for `azd up`: a resource group, and desk.bicep in it.
targetScope = 'subscription'

@minLength(1)
@maxLength(32)
@description('Name of the environment; resource names follow from it.')
param environmentName string

@description('Region of everything but what the size says otherwise.')
param location string

@allowed([
  'dev'
  'test'
  'prod'
])
@description('How much of everything: sizes.json.')
param size string = 'dev'

@allowed([
  'scheduler'
  'storage'
])
@description('Durable backend: the Durable Task Scheduler, or Azure Storage.')
param durableBackend string = 'scheduler'

@description('Entra application that people sign in with; empty leaves sign-in off and every door closed but to function keys.')
param authClientId string = ''

@description('E-mail addresses that alerts go to, with commas.')
param alertMail string = ''

@description('Puts API Management in front.')
param withApiManagement bool = false

@description('Resource ids of what is there already, to be used instead of a new one, by the names in main.parameters.json. What is empty or not named is made. docs/deploy.md says what each must be like.')
param existingIds object = {}

@description('Who runs the deployment and its hooks, which load the knowledge; azd knows. Empty gives nobody that right.')
param deployerId string = ''

@description('Amounts that win over those of the size; keys as in sizes.json, such as instanceMemoryMB or alwaysReady.')
param amounts object = {}

@description('Further settings of the desk, see docs/configuration.md.')
param extraSettings object = {}

var tags = {
  'azd-env-name': environmentName
  app: 'helpdesk'
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module desk 'desk.bicep' = {
  name: 'desk'
  scope: group
  params: {
    location: location
    tags: tags
    token: toLower(uniqueString(subscription().id, environmentName, location))
    size: size
    durableBackend: durableBackend
    authTenantId: empty(authClientId) ? '' : tenant().tenantId
    authClientId: authClientId
    alertMail: alertMail
    withApiManagement: withApiManagement
    existingIds: existingIds
    deployerId: deployerId
    amounts: amounts
    extraSettings: extraSettings
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output DESK_NAME string = desk.outputs.appName
output DESK_URL string = desk.outputs.appUrl

// What infra/hooks/postprovision reads, by the names the code knows: the index must be made as the app will use it.
output AzureWebJobsStorage__blobServiceUri string = desk.outputs.blobEndpoint
output AZURE_SEARCH_ENDPOINT string = desk.outputs.searchEndpoint
output AZURE_OPENAI_ENDPOINT string = desk.outputs.openaiEndpoint
output MODEL_PROVIDER string = desk.outputs.given.MODEL_PROVIDER
output AZURE_OPENAI_MODEL string = desk.outputs.given.AZURE_OPENAI_MODEL
output EMBEDDING_MODEL string = desk.outputs.given.EMBEDDING_MODEL
