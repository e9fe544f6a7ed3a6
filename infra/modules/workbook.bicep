// One page over the telemetry: the queries of docs/telemetry.md.
param location string
param name string
param tags object
param insightsId string

var page = loadJsonContent('../workbook.json')

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Helpdesk'
    category: 'workbook'
    sourceId: insightsId
    serializedData: string(union(page, { fallbackResourceIds: [ insightsId ] }))
  }
}
