// What the desk may do with its models, which may be in an account that was there before.
param name string
param principalId string
@description('Who runs the hooks that load the knowledge; empty is nobody.')
param deployerId string

var roles = loadJsonContent('../known.json').roles

resource openai 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: name
}

resource openaiUser 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(openai.id, principalId, roles.cognitiveServicesOpenAIUser.id)
  scope: openai
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.cognitiveServicesOpenAIUser.id)
  }
}

resource deployerEmbeds 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(openai.id, deployerId, roles.cognitiveServicesOpenAIUser.id)
  scope: openai
  properties: {
    principalId: deployerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.cognitiveServicesOpenAIUser.id)
  }
}

output endpoint string = openai.properties.endpoint
