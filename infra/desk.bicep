// The desk in one resource group: what there is, and how one part finds another.
param location string
param tags object
@description('Makes names unique that the whole world shares.')
param token string
param size string
param durableBackend string
param authTenantId string
param authClientId string
param alertMail string
param withApiManagement bool
param existingOpenAIName string
param existingOpenAIResourceGroup string
param existingSearchName string
param existingSearchResourceGroup string
param existingWorkspaceId string
param deployerId string
param amounts object
param extraSettings object

var sizes = loadJsonContent('sizes.json')
var amount = union(sizes[size], amounts)
var topology = loadJsonContent('topology.json')
var cosmosLayout = loadJsonContent('cosmos.json')
var alertRules = loadJsonContent('alert-rules.json')

var appName = 'func-helpdesk-${token}'
var taskHubName = 'helpdesk'
var cosmosDatabase = 'helpdesk'
var onScheduler = durableBackend == 'scheduler'
var openaiName = empty(existingOpenAIName) ? 'oai-helpdesk-${token}' : existingOpenAIName
var openaiGroup = empty(existingOpenAIName) ? resourceGroup().name : existingOpenAIResourceGroup
var searchName = empty(existingSearchName) ? 'srch-helpdesk-${token}' : existingSearchName
var searchGroup = empty(existingSearchName) ? resourceGroup().name : existingSearchResourceGroup
var gatewayName = 'apim-helpdesk-${token}'
var mailTo = empty(alertMail) ? [] : split(alertMail, ',')

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    location: location
    name: 'id-helpdesk-${token}'
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    name: 'helpdesk-${token}'
    tags: tags
    existingWorkspaceId: existingWorkspaceId
    retentionDays: amount.logDays
    dailyCapGb: amount.logDailyCapGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    name: 'sthelpdesk${take(token, 13)}'
    tags: tags
    topology: topology
    zoneRedundant: amount.zoneRedundantStorage
    retentionDays: amount.retentionDays
  }
}

module redis 'modules/redis.bicep' = {
  name: 'redis'
  params: {
    location: location
    name: 'redis-helpdesk-${token}'
    tags: tags
    sku: amount.redisSku
    highAvailability: amount.redisHighAvailability
    principalId: identity.outputs.principalId
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  params: {
    location: location
    name: 'cosmos-helpdesk-${token}'
    tags: tags
    databaseName: cosmosDatabase
    containers: cosmosLayout.containers
    changeable: cosmosLayout.changeable
    principalId: identity.outputs.principalId
  }
}

module search 'modules/search.bicep' = if (empty(existingSearchName)) {
  name: 'search'
  params: {
    location: location
    name: searchName
    tags: tags
    sku: amount.searchSku
    replicas: amount.searchReplicas
  }
}

module openai 'modules/openai.bicep' = if (empty(existingOpenAIName)) {
  name: 'openai'
  params: {
    location: location
    name: openaiName
    tags: tags
    deployments: amount.deployments
  }
}

module contentSafety 'modules/contentsafety.bicep' = {
  name: 'contentsafety'
  params: {
    location: location
    name: 'cs-helpdesk-${token}'
    tags: tags
  }
}

module scheduler 'modules/scheduler.bicep' = if (onScheduler) {
  name: 'scheduler'
  params: {
    location: location
    name: 'dts-helpdesk-${token}'
    tags: tags
    taskHubName: taskHubName
  }
}

module rolesOpenAI 'modules/roles-openai.bicep' = {
  name: 'roles-openai'
  scope: resourceGroup(openaiGroup)
  params: {
    principalId: identity.outputs.principalId
    deployerId: deployerId
    openaiName: openaiName
  }
  dependsOn: [
    openai
  ]
}

module rolesSearch 'modules/roles-search.bicep' = {
  name: 'roles-search'
  scope: resourceGroup(searchGroup)
  params: {
    principalId: identity.outputs.principalId
    deployerId: deployerId
    searchName: searchName
  }
  dependsOn: [
    search
  ]
}

module topic 'modules/topic.bicep' = {
  name: 'topic'
  params: {
    location: location
    name: 'evgt-helpdesk-${token}'
    tags: tags
    identityId: identity.outputs.id
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    principalId: identity.outputs.principalId
    deployerId: deployerId
    storageName: storage.outputs.name
    contentSafetyName: contentSafety.outputs.name
    topicName: topic.outputs.name
    insightsName: monitoring.outputs.insightsName
    schedulerName: onScheduler ? scheduler.outputs.name : ''
  }
}

// After the roles: the topic checks that it may write where it delivers.
module subscriptions 'modules/subscriptions.bicep' = {
  name: 'subscriptions'
  params: {
    topicName: topic.outputs.name
    topology: topology
    identityId: identity.outputs.id
    storageId: storage.outputs.id
  }
  dependsOn: [
    roles
  ]
}

module settings 'modules/settings.bicep' = {
  name: 'settings'
  params: {
    identityClientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    insightsConnection: monitoring.outputs.connectionString
    onScheduler: onScheduler
    schedulerEndpoint: onScheduler ? scheduler.outputs.endpoint : ''
    taskHubName: taskHubName
    openaiEndpoint: withApiManagement ? 'https://${gatewayName}.azure-api.net/models' : rolesOpenAI.outputs.endpoint
    searchEndpoint: rolesSearch.outputs.endpoint
    contentSafetyEndpoint: contentSafety.outputs.endpoint
    signInOn: !empty(authTenantId)
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmosDatabase
    redisUrl: redis.outputs.url
    topicEndpoint: topic.outputs.endpoint
    extraSettings: extraSettings
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  params: {
    location: location
    name: appName
    tags: tags
    identityId: identity.outputs.id
    storageName: storage.outputs.name
    deploymentContainer: topology.deploymentContainer
    settings: settings.outputs.all
    instanceMemoryMB: amount.instanceMemoryMB
    maximumInstances: amount.maximumInstances
    httpConcurrency: amount.httpConcurrency
    alwaysReady: amount.alwaysReady
    authTenantId: authTenantId
    authClientId: authClientId
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [
    roles
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    name: 'helpdesk-${token}'
    tags: tags
    insightsId: monitoring.outputs.insightsId
    mailTo: mailTo
    rules: alertRules
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: {
    location: location
    name: 'helpdesk-${token}'
    tags: tags
    insightsId: monitoring.outputs.insightsId
  }
}

module apiManagement 'modules/apim.bicep' = if (withApiManagement) {
  name: 'apim'
  params: {
    location: location
    name: gatewayName
    tags: tags
    sku: amount.apiManagementSku
    publisherEmail: empty(mailTo) ? 'helpdesk@example.com' : mailTo[0]
    publisherName: 'Helpdesk'
    backendUrl: functions.outputs.url
    openaiEndpoint: rolesOpenAI.outputs.endpoint
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    tenantId: tenant().tenantId
    audience: authClientId
    requestsPerMinute: amount.requestsPerMinute
    tokensPerMinute: amount.deployments[0].capacity * 1000
  }
}

output appName string = functions.outputs.name
output appUrl string = functions.outputs.url
output blobEndpoint string = storage.outputs.blobEndpoint
output given object = settings.outputs.forHooks
output searchEndpoint string = rolesSearch.outputs.endpoint
output openaiEndpoint string = rolesOpenAI.outputs.endpoint
