// Diamond Opus on Azure: everything of one installation, in a resource group of its own.

targetScope = 'subscription'

@description('Of this installation, e.g. staging or production; part of every name.')
@minLength(2)
@maxLength(20)
param environmentName string

@description('Where it runs; Flex Consumption and the Durable Task Scheduler must be offered there.')
@minLength(4)
param location string

@description('Whoever provisions: may set secrets and look at orchestrations. Empty for nobody.')
param principalId string = deployer().objectId

@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('owner/name whose GitHub environment may deploy; empty for none.')
param githubRepository string = ''

@description('This installation\'s name among the GitHub environments.')
@minLength(1)
param githubEnvironment string = environmentName

@description('Waits in a second region: deployed, but stopped and silent. See docs/operations.md, "A second region".')
param standby bool = false

// The app.

@description('What the tests run on.')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.13'

@allowed([512, 2048, 4096])
param instanceMemoryMb int = 2048

@description('More instances need more database connections: each takes up to DATABASE_POOL_MAX.')
@minValue(1)
@maxValue(1000)
param maxInstances int = 3

@minValue(0)
@maxValue(20)
param alwaysReadyHttp int = 0

@minValue(1)
@maxValue(32)
param httpConcurrency int = 8

@description('Instances in several availability zones.')
param zoneRedundant bool = false

@description('When the nightly run starts, as NCRONTAB in UTC; "0 0 0 31 2 *" is never.')
@minLength(11)
param nightlySchedule string = '0 0 2 * * *'

@description('The feeds that the nightly run reads, separated by commas, in this order.')
@minLength(4)
param nightlyFeeds string = 'demo'

@description('Which secrets the vault holds as settings: DATABASE_URL and whatever of the others is used.')
@minLength(1)
param secretSettings array = ['DATABASE_URL']

@description('What differs from app-settings.json.')
param settings object = {}

@description('The two web apps; an empty list leaves them out.')
param webApps array = ['dashboard', 'storefront']

@allowed(['Free', 'Standard'])
param webSku string = 'Free'

// Durable Functions.

@description('host.json must say the same: scheduler is azureManaged there, storage is no storageProvider at all.')
@allowed(['scheduler', 'storage'])
param durableBackend string = 'scheduler'

@allowed(['Consumption', 'Dedicated'])
param schedulerSku string = 'Consumption'

@description('Who may reach the scheduler, in CIDR form; identity is asked for in any case.')
@minLength(1)
param schedulerIpAllowlist array = ['0.0.0.0/0']

@minValue(4)
@maxValue(30)
param durableRetentionDays int = 14

// What it keeps.

@description('flexible: a PostgreSQL server of this installation. external: DATABASE_URL, e.g. of Supabase, is put into the vault by hand.')
@allowed(['flexible', 'external'])
param database string = 'flexible'

@description('Of the server\'s owner; made and kept by hooks/parameters. Unused with an external database.')
@secure()
param databasePassword string

@allowed(['15', '16', '17', '18'])
param databaseVersion string = '17'

param databaseSku string = 'Standard_B2s'

@minValue(32)
@maxValue(4096)
param databaseStorageGb int = 32

@minValue(7)
@maxValue(35)
param databaseBackupDays int = 7

param databaseGeoBackup bool = false
param databaseHighAvailability bool = false

@description('Resource id of another region\'s server, which this one replicates.')
param databaseReplicaOf string = ''

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageRedundancy string = 'Standard_LRS'

param storageVersioning bool = false

@minValue(7)
@maxValue(365)
param deletedBlobsKeptDays int = 7

param vaultPurgeProtection bool = true

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Gigabytes of logs a day; -1 for no end.')
@minValue(-1)
param logDailyCapGb int = 1

// Its surroundings.

@description('Storage, secrets and database are reached through a network of this installation only.')
param privateNetwork bool = false

@description('Premium costs about seventy times as much and is needed for a private endpoint only.')
@allowed(['Standard', 'Premium'])
param busSku string = 'Standard'

@description('Who gets mail about alerts and money.')
@minLength(1)
param alertEmails array

@secure()
param slackWebhookUri string = ''

@secure()
param pagerWebhookUri string = ''

@minValue(2)
@maxValue(47)
param silentHours int = 26

@minValue(1)
@maxValue(100)
param deviationPercent int = 20

@minValue(1)
@maxValue(100)
param errorPercent int = 2

@description('United States dollars a month.')
@minValue(1)
param budgetAmount int = 100

@description('First day of the month in which the budget began; hooks/parameters finds it.')
@minLength(10)
@maxLength(10)
param budgetStart string

var name = 'opus-${environmentName}'
var token = take(uniqueString(subscription().id, environmentName, location), 6)
var unique = '${name}-${token}'
var compact = toLower('st${replace(take(environmentName, 12), '-', '')}${uniqueString(subscription().id, environmentName, location)}')
var taskHub = 'DiamondOpus'
var tags = {
  'azd-env-name': environmentName
  product: 'diamond-opus'
}
var onScheduler = durableBackend == 'scheduler'
var ownDatabase = database == 'flexible'
var busIsPrivate = privateNetwork && busSku == 'Premium'
var storageGroups = ['blob', 'queue', 'table']

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    githubRepository: githubRepository
    githubEnvironment: githubEnvironment
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    appPrincipalId: identity.outputs.principalId
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: take(compact, 24)
    redundancy: storageRedundancy
    versioning: storageVersioning
    deletedKeptDays: deletedBlobsKeptDays
    private: privateNetwork
    durable: !onScheduler
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: identity.outputs.deployerPrincipalId
    operatorPrincipalId: principalId
    operatorPrincipalType: principalType
    workspaceId: monitoring.outputs.workspaceId
  }
}

module bus 'modules/bus.bicep' = {
  name: 'bus'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    sku: busSku
    private: busIsPrivate
    appPrincipalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module durable 'modules/durable.bicep' = if (onScheduler) {
  name: 'durable'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    taskHubName: taskHub
    appPrincipalId: identity.outputs.principalId
    operatorPrincipalId: principalId
    operatorPrincipalType: principalType
    ipAllowlist: schedulerIpAllowlist
    retentionDays: durableRetentionDays
    sku: schedulerSku
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'kv-${take(environmentName, 14)}-${token}'
    private: privateNetwork
    purgeProtection: vaultPurgeProtection
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: identity.outputs.deployerPrincipalId
    operatorPrincipalId: principalId
    operatorPrincipalType: principalType
    workspaceId: monitoring.outputs.workspaceId
  }
}

module postgres 'modules/database.bicep' = if (ownDatabase) {
  name: 'database'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    vaultName: vault.outputs.name
    version: databaseVersion
    sku: databaseSku
    storageGb: databaseStorageGb
    backupDays: databaseBackupDays
    geoRedundantBackup: databaseGeoBackup
    highAvailability: databaseHighAvailability
    private: privateNetwork
    replicaOf: databaseReplicaOf
    password: databasePassword
    workspaceId: monitoring.outputs.workspaceId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
  }
}

module storageEndpoints 'modules/private-endpoint.bicep' = [for kind in (privateNetwork ? storageGroups : []): {
  name: 'private-${kind}'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    subnetId: network.outputs.endpointSubnetId
    targetId: storage.outputs.id
    group: kind
    zoneName: network.outputs.zones[kind]
  }
}]

module vaultEndpoint 'modules/private-endpoint.bicep' = if (privateNetwork) {
  name: 'private-vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    subnetId: network.outputs.endpointSubnetId
    targetId: vault.outputs.id
    group: 'vault'
    zoneName: network.outputs.zones.vault
  }
}

module databaseEndpoint 'modules/private-endpoint.bicep' = if (privateNetwork && ownDatabase) {
  name: 'private-database'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    subnetId: network.outputs.endpointSubnetId
    targetId: postgres.outputs.id
    group: 'postgresqlServer'
    zoneName: network.outputs.zones.postgresqlServer
  }
}

module busEndpoint 'modules/private-endpoint.bicep' = if (busIsPrivate) {
  name: 'private-bus'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    subnetId: network.outputs.endpointSubnetId
    targetId: bus.outputs.id
    group: 'namespace'
    zoneName: network.outputs.zones.namespace
  }
}

module web 'modules/web.bicep' = {
  name: 'web'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    sites: webApps
    sku: webSku
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    deployerPrincipalId: identity.outputs.deployerPrincipalId
    pythonVersion: pythonVersion
    instanceMemoryMb: instanceMemoryMb
    maxInstances: maxInstances
    alwaysReadyHttp: alwaysReadyHttp
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
    standby: standby
    subnetId: privateNetwork ? network.outputs.appSubnetId : ''
    allowedOrigins: web.outputs.origins
    packageUri: storage.outputs.packageUri
    blobServiceUri: storage.outputs.blobServiceUri
    queueServiceUri: storage.outputs.queueServiceUri
    tableServiceUri: storage.outputs.tableServiceUri
    serviceBusHost: bus.outputs.host
    insightsConnectionString: monitoring.outputs.connectionString
    vaultUri: vault.outputs.uri
    schedulerEndpoint: onScheduler ? durable.outputs.endpoint : ''
    taskHubName: taskHub
    nightlySchedule: nightlySchedule
    secretSettings: secretSettings
    settings: union({ INGEST_NIGHTLY_FEEDS: nightlyFeeds }, settings)
  }
  dependsOn: [postgres]
}

module actionGroup 'modules/action-group.bicep' = {
  name: 'action-group'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    emails: alertEmails
    pagerWebhookUri: pagerWebhookUri
    slackWebhookUri: slackWebhookUri
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: bus.outputs.id
    databaseId: ownDatabase ? postgres.outputs.id : ''
    actionGroupId: actionGroup.outputs.id
    enabled: !standby
    feeds: nightlyFeeds
    silentHours: silentHours
    deviationPercent: deviationPercent
    errorPercent: errorPercent
  }
}

module availability 'modules/availability.bicep' = {
  name: 'availability'
  scope: group
  params: {
    location: location
    tags: tags
    name: unique
    url: app.outputs.url
    insightsId: monitoring.outputs.insightsId
    actionGroupId: actionGroup.outputs.id
    enabled: !standby
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: bus.outputs.id
    title: 'Last night: ${environmentName}'
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  scope: group
  params: {
    name: unique
    amount: budgetAmount
    start: budgetStart
    emails: alertEmails
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output AZURE_DEPLOYER_CLIENT_ID string = identity.outputs.deployerClientId
output AZURE_DATABASE_SERVER string = ownDatabase ? postgres.outputs.name : ''
output OPUS_SECRET_SETTINGS string = join(secretSettings, ' ')
output OPUS_DURABLE_BACKEND string = durableBackend
output OPUS_URL string = app.outputs.url
