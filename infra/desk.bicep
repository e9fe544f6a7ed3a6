// The desk in one resource group: what there is, and how one part finds another.
param location string
param tags object
@description('Makes names unique that the whole world shares, or other desks.')
param token string
param size string
param durableBackend string
param authTenantId string
param authClientId string
param alertMail string
param withApiManagement bool
param existingIds object
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
var gatewayName = 'apim-helpdesk-${token}'
var mailTo = empty(alertMail) ? [] : split(alertMail, ',')

// What is there already is used where it is; everything else is made here. Either way the id says where it is to be found:
// its parts are '', 'subscriptions', SUBSCRIPTION, 'resourceGroups', GROUP, 'providers', PROVIDER, TYPE, NAME.
var nothing = {
  storage: ''
  redis: ''
  cosmos: ''
  topic: ''
  scheduler: ''
  contentSafety: ''
  openai: ''
  search: ''
  workspace: ''
}
var reused = union(nothing, existingIds)
var at = {
  storage: split(empty(reused.storage) ? resourceId('Microsoft.Storage/storageAccounts', 'sthelpdesk${take(token, 13)}') : reused.storage, '/')
  redis: split(empty(reused.redis) ? resourceId('Microsoft.Cache/redisEnterprise', 'redis-helpdesk-${token}') : reused.redis, '/')
  cosmos: split(empty(reused.cosmos) ? resourceId('Microsoft.DocumentDB/databaseAccounts', 'cosmos-helpdesk-${token}') : reused.cosmos, '/')
  topic: split(empty(reused.topic) ? resourceId('Microsoft.EventGrid/topics', 'evgt-helpdesk-${token}') : reused.topic, '/')
  scheduler: split(empty(reused.scheduler) ? resourceId('Microsoft.DurableTask/schedulers', 'dts-helpdesk-${token}') : reused.scheduler, '/')
  contentSafety: split(empty(reused.contentSafety) ? resourceId('Microsoft.CognitiveServices/accounts', 'cs-helpdesk-${token}') : reused.contentSafety, '/')
  openai: split(empty(reused.openai) ? resourceId('Microsoft.CognitiveServices/accounts', 'oai-helpdesk-${token}') : reused.openai, '/')
  search: split(empty(reused.search) ? resourceId('Microsoft.Search/searchServices', 'srch-helpdesk-${token}') : reused.search, '/')
}

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
    existingWorkspaceId: reused.workspace
    retentionDays: amount.logDays
    dailyCapGb: amount.logDailyCapGb
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = if (empty(reused.storage)) {
  name: 'storage'
  params: {
    location: location
    name: at.storage[8]
    tags: tags
    expiringPrefixes: topology.expiringPrefixes
    zoneRedundant: amount.zoneRedundantStorage
    retentionDays: amount.retentionDays
  }
}

module deskStorage 'modules/storage-desk.bicep' = {
  name: 'storage-desk-${token}'
  scope: resourceGroup(at.storage[2], at.storage[4])
  params: {
    name: at.storage[8]
    topology: topology
    principalId: identity.outputs.principalId
    deployerId: deployerId
    topicPrincipalId: deskTopic.outputs.deliveryPrincipalId
    durable: !onScheduler
  }
  dependsOn: [
    storage
  ]
}

module redis 'modules/redis.bicep' = if (empty(reused.redis)) {
  name: 'redis'
  params: {
    location: location
    name: at.redis[8]
    tags: tags
    sku: amount.redisSku
    highAvailability: amount.redisHighAvailability
  }
}

module deskRedis 'modules/redis-desk.bicep' = {
  name: 'redis-desk-${token}'
  scope: resourceGroup(at.redis[2], at.redis[4])
  params: {
    name: at.redis[8]
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    redis
  ]
}

module cosmos 'modules/cosmos.bicep' = if (empty(reused.cosmos)) {
  name: 'cosmos'
  params: {
    location: location
    name: at.cosmos[8]
    tags: tags
  }
}

module deskCosmos 'modules/cosmos-desk.bicep' = {
  name: 'cosmos-desk-${token}'
  scope: resourceGroup(at.cosmos[2], at.cosmos[4])
  params: {
    name: at.cosmos[8]
    databaseName: cosmosDatabase
    containers: cosmosLayout.containers
    changeable: cosmosLayout.changeable
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    cosmos
  ]
}

module topic 'modules/topic.bicep' = if (empty(reused.topic)) {
  name: 'topic'
  params: {
    location: location
    name: at.topic[8]
    tags: tags
  }
}

module deskTopic 'modules/topic-desk.bicep' = {
  name: 'topic-desk-${token}'
  scope: resourceGroup(at.topic[2], at.topic[4])
  params: {
    name: at.topic[8]
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    topic
  ]
}

module scheduler 'modules/scheduler.bicep' = if (onScheduler && empty(reused.scheduler)) {
  name: 'scheduler'
  params: {
    location: location
    name: at.scheduler[8]
    tags: tags
  }
}

module deskScheduler 'modules/scheduler-desk.bicep' = if (onScheduler) {
  name: 'scheduler-desk-${token}'
  scope: resourceGroup(at.scheduler[2], at.scheduler[4])
  params: {
    name: at.scheduler[8]
    taskHubName: taskHubName
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    scheduler
  ]
}

module contentSafety 'modules/contentsafety.bicep' = if (empty(reused.contentSafety)) {
  name: 'contentsafety'
  params: {
    location: location
    name: at.contentSafety[8]
    tags: tags
  }
}

module deskContentSafety 'modules/contentsafety-desk.bicep' = {
  name: 'contentsafety-desk-${token}'
  scope: resourceGroup(at.contentSafety[2], at.contentSafety[4])
  params: {
    name: at.contentSafety[8]
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    contentSafety
  ]
}

module openai 'modules/openai.bicep' = if (empty(reused.openai)) {
  name: 'openai'
  params: {
    location: location
    name: at.openai[8]
    tags: tags
    deployments: amount.deployments
  }
}

module deskOpenai 'modules/openai-desk.bicep' = {
  name: 'openai-desk-${token}'
  scope: resourceGroup(at.openai[2], at.openai[4])
  params: {
    name: at.openai[8]
    principalId: identity.outputs.principalId
    deployerId: deployerId
  }
  dependsOn: [
    openai
  ]
}

module search 'modules/search.bicep' = if (empty(reused.search)) {
  name: 'search'
  params: {
    location: location
    name: at.search[8]
    tags: tags
    sku: amount.searchSku
    replicas: amount.searchReplicas
  }
}

module deskSearch 'modules/search-desk.bicep' = {
  name: 'search-desk-${token}'
  scope: resourceGroup(at.search[2], at.search[4])
  params: {
    name: at.search[8]
    principalId: identity.outputs.principalId
    deployerId: deployerId
  }
  dependsOn: [
    search
  ]
}

// After the roles: the topic checks that it may write where it delivers.
module subscriptions 'modules/subscriptions.bicep' = {
  name: 'subscriptions-${token}'
  scope: resourceGroup(at.topic[2], at.topic[4])
  params: {
    topicName: at.topic[8]
    topology: topology
    storageId: deskStorage.outputs.id
  }
}

module settings 'modules/settings.bicep' = {
  name: 'settings'
  params: {
    identityClientId: identity.outputs.clientId
    blobEndpoint: deskStorage.outputs.blobEndpoint
    queueEndpoint: deskStorage.outputs.queueEndpoint
    tableEndpoint: deskStorage.outputs.tableEndpoint
    insightsConnection: monitoring.outputs.connectionString
    onScheduler: onScheduler
    schedulerEndpoint: onScheduler ? deskScheduler.outputs.endpoint : ''
    taskHubName: taskHubName
    openaiEndpoint: withApiManagement ? 'https://${gatewayName}.azure-api.net/models' : deskOpenai.outputs.endpoint
    searchEndpoint: deskSearch.outputs.endpoint
    contentSafetyEndpoint: deskContentSafety.outputs.endpoint
    signInOn: !empty(authTenantId)
    cosmosEndpoint: deskCosmos.outputs.endpoint
    cosmosDatabase: cosmosDatabase
    redisUrl: deskRedis.outputs.url
    topicEndpoint: deskTopic.outputs.endpoint
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
    blobEndpoint: deskStorage.outputs.blobEndpoint
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
    openaiEndpoint: deskOpenai.outputs.endpoint
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
output blobEndpoint string = deskStorage.outputs.blobEndpoint
output given object = settings.outputs.forHooks
output searchEndpoint string = deskSearch.outputs.endpoint
output openaiEndpoint string = deskOpenai.outputs.endpoint
