// What the desk has and may do in its Cosmos DB account, which may be one that was there before.
param name string
param databaseName string
@description('As the service takes them: id, partitionKey, defaultTtl, indexingPolicy and, where there are any, vector and full-text policies.')
param containers array
@description('The container whose items the app may change and delete. Everywhere else it only reads and adds.')
param changeable string
param principalId string

var dataContributor = '00000000-0000-0000-0000-000000000002'

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: name
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: {
      id: databaseName
    }
  }
}

resource sqlContainers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [
  for container in containers: {
    parent: database
    name: container.id
    properties: {
      resource: container
    }
  }
]

resource access 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = {
  parent: account
  name: guid(account.id, principalId, dataContributor, changeable)
  properties: {
    principalId: principalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributor}'
    scope: '${account.id}/dbs/${databaseName}/colls/${changeable}'
  }
  dependsOn: [
    sqlContainers
  ]
}

// No right to replace or delete: what stands in the audit trail stays as it was written.
resource adding 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-10-15' = {
  parent: account
  name: guid(account.id, 'reads and adds')
  properties: {
    roleName: 'Reads and adds items'
    type: 'CustomRole'
    assignableScopes: [
      account.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create'
        ]
      }
    ]
  }
}

resource addingToAll 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = {
  parent: account
  name: guid(account.id, principalId, databaseName, 'reads and adds')
  properties: {
    principalId: principalId
    roleDefinitionId: adding.id
    scope: '${account.id}/dbs/${databaseName}'
  }
  dependsOn: [
    sqlContainers
  ]
}

// A client asks the account for its regions before anything else; what others keep there it cannot read.
resource finding 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-10-15' = {
  parent: account
  name: guid(account.id, 'finds its way')
  properties: {
    roleName: 'Reads the metadata of the account'
    type: 'CustomRole'
    assignableScopes: [
      account.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/readMetadata'
        ]
      }
    ]
  }
}

resource findingItsWay 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = {
  parent: account
  name: guid(account.id, principalId, 'finds its way')
  properties: {
    principalId: principalId
    roleDefinitionId: finding.id
    scope: account.id
  }
}

output endpoint string = account.properties.documentEndpoint
