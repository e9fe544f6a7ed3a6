// What the desk may do in its Redis, which may be one that was there before.
param name string
param principalId string

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' existing = {
  name: name
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' existing = {
  parent: cluster
  name: 'default'
}

// Named after whom it lets in: another desk's has another name.
resource access 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: 'desk${uniqueString(principalId)}'
  properties: {
    accessPolicyName: 'default'
    user: {
      objectId: principalId
    }
  }
}

output url string = 'rediss://${cluster.properties.hostName}:${database.properties.port}/0'
