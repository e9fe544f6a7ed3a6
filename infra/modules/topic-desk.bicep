// What the desk may do at its topic, which may be one that was there before.
param name string
param principalId string

var roles = loadJsonContent('../known.json').roles

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: name
}

resource eventSender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, roles.eventGridDataSender.id)
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventGridDataSender.id)
  }
}

output endpoint string = topic.properties.endpoint
@description('Delivers with its own identity: nobody has to give a topic that was there before that of the desk.')
output deliveryPrincipalId string = topic.identity.principalId
