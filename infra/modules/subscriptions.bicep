// Each subscriber's subscription, into its own queue: no webhook, no key, no step after deployment.
param topicName string
param topology object
param storageId string

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource subscriptions 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = [
  for subscriber in topology.subscribers: {
    parent: topic
    // Others may have a subscription `metrics` at a topic that was there before.
    name: 'helpdesk-${subscriber.name}'
    properties: {
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      deliveryWithResourceIdentity: {
        identity: {
          type: 'SystemAssigned'
        }
        destination: {
          endpointType: 'StorageQueue'
          properties: {
            resourceId: storageId
            queueName: subscriber.queue
            queueMessageTimeToLiveInSeconds: subscriber.timeToLiveSeconds
          }
        }
      }
      deadLetterWithResourceIdentity: {
        identity: {
          type: 'SystemAssigned'
        }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: storageId
            blobContainerName: topology.undeliveredContainer
          }
        }
      }
      filter: {
        enableAdvancedFilteringOnArrays: false
        advancedFilters: [
          {
            key: 'type'
            operatorType: subscriber.operator
            values: subscriber.types
          }
        ]
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: subscriber.eventTimeToLiveMinutes
      }
    }
  }
]
