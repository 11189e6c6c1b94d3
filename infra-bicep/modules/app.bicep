// The function app on Flex Consumption, with every setting that the code reads.

param location string
param tags object
param name string
param identityId string
param identityClientId string
param deployerPrincipalId string

@description('One of those the tests run on.')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string

@description('Megabytes of one instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMb int

@minValue(1)
@maxValue(1000)
param maxInstances int

@description('Instances that always wait for HTTP requests; each costs money by the hour.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttp int

@description('Requests that one instance answers at the same time.')
@minValue(1)
@maxValue(32)
param httpConcurrency int

param zoneRedundant bool

@description('Deployed but stopped, in a region that waits for another to fail.')
param standby bool

@description('The subnet that outgoing calls leave from; empty for none.')
param subnetId string

@description('Web pages that may call the API from a browser.')
param allowedOrigins array

param packageUri string
param blobServiceUri string
param queueServiceUri string
param tableServiceUri string
param serviceBusHost string
param insightsConnectionString string
param vaultUri string

@description('The Durable Task Scheduler\'s address; empty when Durable keeps its state in storage.')
param schedulerEndpoint string

@minLength(3)
@maxLength(45)
param taskHubName string

@description('NCRONTAB in UTC.')
@minLength(11)
param nightlySchedule string

@description('Which settings the vault holds; each must be there before the app starts.')
param secretSettings array

@description('What differs here from app-settings.json.')
param settings object

var roles = loadJsonContent('../roles.json')
var siteName = 'func-${name}'
var byIdentity = {
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobServiceUri
  AzureWebJobsStorage__queueServiceUri: queueServiceUri
  AzureWebJobsStorage__tableServiceUri: tableServiceUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: serviceBusHost
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}
var ofThisPlace = {
  TASKHUB_NAME: taskHubName
  NIGHTLY_SCHEDULE: nightlySchedule
  DEMO_FEED_URL: 'https://${siteName}.azurewebsites.net/api/demo-feed'
  PYTHON_THREADPOOL_THREAD_COUNT: '8'
}
var withScheduler = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};TaskHub=${taskHubName};Authentication=ManagedIdentity;ClientID=${identityClientId}'
}
var durable = empty(schedulerEndpoint) ? {} : withScheduler
var plain = union(loadJsonContent('../app-settings.json'), byIdentity, ofThisPlace, durable, settings)
var plainSettings = [for setting in items(plain): {
  name: setting.key
  value: setting.value
}]
var secretReferences = [for setting in secretSettings: {
  name: setting
  value: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(setting, '_', '-')})'
}]
var readyInstances = [
  {
    name: 'http'
    instanceCount: alwaysReadyHttp
  }
]

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  // checkov:skip=CKV_AZURE_225:a parameter, on in production; zones cost double always-ready instances
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  // checkov:skip=CKV_AZURE_17:callers are shops with API keys and people with sessions, not with client certificates
  // checkov:skip=CKV_AZURE_212:Flex Consumption starts from none by itself; alwaysReadyHttp keeps instances
  // checkov:skip=CKV_AZURE_213:Flex Consumption has no health check path; availability.bicep asks /api/health
  // checkov:skip=CKV_AZURE_222:shops call the API over the internet; every endpoint authenticates its caller
  name: siteName
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    enabled: !standby
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMb
        maximumInstanceCount: maxInstances
        alwaysReady: alwaysReadyHttp > 0 ? readyInstances : []
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      alwaysOn: false
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      cors: {
        allowedOrigins: allowedOrigins
        supportCredentials: !empty(allowedOrigins)
      }
      appSettings: concat(plainSettings, secretReferences)
    }
  }
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

resource deployerDeploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(site.id, deployerPrincipalId, roles.websiteContributor)
  scope: site
  properties: {
    principalId: deployerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.websiteContributor)
  }
}

output id string = site.id
output name string = site.name
output url string = 'https://${site.properties.defaultHostName}'
