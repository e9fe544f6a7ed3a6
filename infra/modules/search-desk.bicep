// What the desk may do with its search service, which may be one that was there before.
param name string
param principalId string
@description('Who runs the hooks that load the knowledge; empty is nobody.')
param deployerId string

var roles = loadJsonContent('../known.json').roles

resource search 'Microsoft.Search/searchServices@2025-05-01' existing = {
  name: name
}

resource searchIndexContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(search.id, principalId, roles.searchIndexDataContributor.id)
  scope: search
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.searchIndexDataContributor.id)
  }
}

resource searchServiceContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(search.id, principalId, roles.searchServiceContributor.id)
  scope: search
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.searchServiceContributor.id)
  }
}

resource deployerLoads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(search.id, deployerId, roles.searchIndexDataContributor.id)
  scope: search
  properties: {
    principalId: deployerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.searchIndexDataContributor.id)
  }
}

resource deployerMakesIndex 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(search.id, deployerId, roles.searchServiceContributor.id)
  scope: search
  properties: {
    principalId: deployerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.searchServiceContributor.id)
  }
}

output endpoint string = 'https://${search.name}.search.windows.net'
