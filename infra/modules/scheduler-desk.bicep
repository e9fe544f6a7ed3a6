// What the desk has and may do in its Durable Task Scheduler, which may be one that was there before.
param name string
param taskHubName string
param principalId string

var roles = loadJsonContent('../known.json').roles

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' existing = {
  name: name
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: taskHubName
  properties: {}
}

resource taskContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(taskHub.id, principalId, roles.durableTaskDataContributor.id)
  scope: taskHub
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.durableTaskDataContributor.id)
  }
}

output endpoint string = scheduler.properties.endpoint
