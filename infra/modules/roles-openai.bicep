// What the desk's identity may do on the model account, which may be one that was there before.
param principalId string
@description('Who runs the hooks that load the knowledge; empty is nobody.')
param deployerId string
param openaiName string

var roles = loadJsonContent('../known.json').roles

resource openai 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: openaiName
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
