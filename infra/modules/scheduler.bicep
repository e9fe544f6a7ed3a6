// Durable Task Scheduler: the durable backend that costs nothing while nothing runs.
param location string
param name string
param tags object

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'Consumption'
    }
    // Who may come in is a matter of roles; an instance of a consumption plan has no fixed address.
    ipAllowlist: [
      '0.0.0.0/0'
    ]
  }
}
