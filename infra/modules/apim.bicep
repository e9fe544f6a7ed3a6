// Optional: API Management in front, with limits on requests and model tokens, subscription keys and tokens checked.
param location string
param name string
param tags object
@description('A v2 tier: the Consumption tier has no limit on model tokens.')
param sku string
param publisherEmail string
param publisherName string
param backendUrl string
param openaiEndpoint string
param identityId string
param identityClientId string
param tenantId string
@description('Whom tokens must be meant for; empty lets none in.')
param audience string
param requestsPerMinute int
param tokensPerMinute int

resource service 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    capacity: 1
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    publisherEmail: publisherEmail
    publisherName: publisherName
  }
}

resource values 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = [
  for value in [
    { name: 'tenant-id', value: tenantId }
    { name: 'audience', value: empty(audience) ? 'nobody' : audience }
    { name: 'requests-per-minute', value: string(requestsPerMinute) }
    { name: 'tokens-per-minute', value: string(tokensPerMinute) }
    { name: 'identity-client-id', value: identityClientId }
  ]: {
    parent: service
    name: value.name
    properties: {
      displayName: value.name
      value: value.value
    }
  }
]

resource desk 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: 'helpdesk'
  properties: {
    displayName: 'Helpdesk'
    path: 'helpdesk'
    protocols: [
      'https'
    ]
    serviceUrl: '${backendUrl}/api'
    subscriptionRequired: true
  }
}

// By method, not by the app's own description: resources are made before there is an app that could be asked for it.
resource anyDoor 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for method in [
    'GET'
    'POST'
    'PUT'
    'DELETE'
  ]: {
    parent: desk
    name: toLower(method)
    properties: {
      displayName: method
      method: method
      urlTemplate: '/*'
    }
  }
]

resource deskPolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: desk
  name: 'policy'
  properties: {
    format: 'rawxml'
    value: loadTextContent('../apim-desk.xml')
  }
  dependsOn: [
    values
  ]
}

// The desk's own way to its models: what it may use of them is counted here as well as in the app.
resource models 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: 'models'
  properties: {
    displayName: 'Models'
    path: 'models'
    protocols: [
      'https'
    ]
    serviceUrl: openaiEndpoint
    subscriptionRequired: false
  }
}

resource anyModelCall 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = {
  parent: models
  name: 'any'
  properties: {
    displayName: 'Any call'
    method: 'POST'
    urlTemplate: '/*'
  }
}

resource modelsPolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: models
  name: 'policy'
  properties: {
    format: 'rawxml'
    value: loadTextContent('../apim-models.xml')
  }
  dependsOn: [
    values
  ]
}

output gatewayUrl string = service.properties.gatewayUrl
