// Where Durable Functions keeps what is under way: the Durable Task Scheduler.

param location string
param tags object
param name string
param taskHubName string
param appPrincipalId string

@description('Whoever provisions may look at orchestrations in the scheduler\'s dashboard; empty for nobody.')
param operatorPrincipalId string

@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

@description('Addresses that may reach it, in CIDR form; an empty list lets nobody in.')
@minLength(1)
param ipAllowlist array

@description('Days that ended orchestrations stay visible; completed ones a quarter of that.')
@minValue(4)
@maxValue(30)
param retentionDays int

@allowed(['Consumption', 'Dedicated'])
param sku string

var roles = loadJsonContent('../roles.json')
var consumption = { name: 'Consumption' }
var dedicated = {
  name: 'Dedicated'
  capacity: 1
}

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: 'dts-${name}'
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    sku: sku == 'Consumption' ? consumption : dedicated
  }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: taskHubName
  properties: {}
}

resource purge 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [
      {
        retentionPeriodInDays: retentionDays
      }
      {
        orchestrationState: 'Completed'
        retentionPeriodInDays: retentionDays / 4
      }
    ]
  }
}

resource appRuns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, appPrincipalId, roles.durableTaskDataContributor)
  scope: hub
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.durableTaskDataContributor)
  }
}

resource operatorLooks 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(hub.id, operatorPrincipalId, roles.durableTaskDataContributor)
  scope: hub
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.durableTaskDataContributor)
  }
}

output endpoint string = scheduler.properties.endpoint
