// One look: did last night go well?

param location string
param tags object
param workspaceId string
param serviceBusId string

@description('Its name in the portal.')
param title string

var pages = replace(replace(loadTextContent('../workbooks/last-night.workbook.json'), '{{workspace}}', workspaceId), '{{serviceBus}}', serviceBusId)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'last-night')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: title
    serializedData: pages
    sourceId: workspaceId
    version: 'Notebook/1.0'
  }
}

output id string = workbook.id
