// What the desk has and may do in its storage account, which may be one that was there before.
param name string
param topology object
param principalId string
@description('Who runs the hooks that load the knowledge; empty is nobody.')
param deployerId string
@description('The topic, which writes into the queues of subscribers and keeps what it could not deliver.')
param topicPrincipalId string
@description('Azure Storage is the durable backend: its instances and histories are tables.')
param durable bool

var roles = loadJsonContent('../known.json').roles

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: name
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: account
  name: 'default'
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' existing = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in topology.containers: {
    parent: blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in topology.queues: {
    parent: queueService
    name: queue
  }
]

resource poisonQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in topology.queues: {
    parent: queueService
    name: '${queue}-poison'
  }
]

resource blobOwner 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, roles.storageBlobDataOwner.id)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner.id)
  }
}

resource queueContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, roles.storageQueueDataContributor.id)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataContributor.id)
  }
}

resource tableContributor 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (durable) {
  name: guid(account.id, principalId, roles.storageTableDataContributor.id)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageTableDataContributor.id)
  }
}

// The articles people approved stand in storage; loading the index without them would take them out of it.
resource deployerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(account.id, deployerId, roles.storageBlobDataReader.id)
  scope: account
  properties: {
    principalId: deployerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataReader.id)
  }
}

// A topic may be somebody else's: it gets into the queues of subscribers, and into no other.
resource subscriberQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' existing = [
  for subscriber in topology.subscribers: {
    parent: queueService
    name: subscriber.queue
  }
]

resource topicDelivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (subscriber, index) in topology.subscribers: {
    name: guid(account.id, subscriber.queue, topicPrincipalId, roles.storageQueueDataMessageSender.id)
    scope: subscriberQueues[index]
    properties: {
      principalId: topicPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataMessageSender.id)
    }
    dependsOn: [
      queues
    ]
  }
]

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: topology.undeliveredContainer
}

resource topicKeeps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undelivered.id, topicPrincipalId, roles.storageBlobDataContributor.id)
  scope: undelivered
  properties: {
    principalId: topicPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor.id)
  }
  dependsOn: [
    containers
  ]
}

output id string = account.id
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
