// The three queues; the app may read and write exactly those that it reads and writes.

param location string
param tags object
param name string

@description('Premium is needed for a private endpoint.')
@allowed(['Standard', 'Premium'])
param sku string

@description('Reachable through a private endpoint only; needs Premium.')
param private bool

param appPrincipalId string
param workspaceId string

@description('How often a message is delivered before it goes to the dead letters.')
@minValue(2)
@maxValue(20)
param maxDeliveries int = 5

var roles = loadJsonContent('../roles.json')
var workItems = 'work-items'
var workDone = 'work-done'
var consolidate = 'consolidate'
var queueNames = [workItems, workDone, consolidate]
// The app reads work-items and consolidate with their dead letters; it only writes work-done.
var receives = [0, 2]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: 'sbns-${name}'
  location: location
  tags: tags
  sku: {
    name: sku
    tier: sku
  }
  identity: { type: 'SystemAssigned' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in queueNames: {
  parent: namespace
  name: queue
  properties: {
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: queue == workDone ? 'P1D' : 'P14D'
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    lockDuration: 'PT5M'
    maxDeliveryCount: maxDeliveries
    maxSizeInMegabytes: 1024
    requiresDuplicateDetection: true
  }
}]

resource appSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, i) in queueNames: {
  name: guid(namespace.id, queue, appPrincipalId, roles.serviceBusDataSender)
  scope: queues[i]
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataSender)
  }
}]

resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for i in receives: {
  name: guid(namespace.id, queueNames[i], appPrincipalId, roles.serviceBusDataReceiver)
  scope: queues[i]
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataReceiver)
  }
}]

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'OperationalLogs'
        enabled: true
      }
    ]
  }
}

output id string = namespace.id
output name string = namespace.name
output host string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
