// PostgreSQL Flexible Server, when the database is not somebody else's business. Its URL goes to the vault.

param location string
param tags object
param name string
param vaultName string

@allowed(['15', '16', '17', '18'])
param version string

@description('Burstable B1ms for trying, B2s for staging, a D series for production.')
param sku string

@minValue(32)
@maxValue(4096)
param storageGb int

@minValue(7)
@maxValue(35)
param backupDays int

param geoRedundantBackup bool
param highAvailability bool

@description('Reachable through a private endpoint only.')
param private bool

@description('The primary server of another region, which this one replicates; empty for a server of its own.')
param replicaOf string

@secure()
@minLength(16)
param password string

param workspaceId string

var owner = 'opus'
var databaseName = 'opus'
var burstable = startsWith(sku, 'Standard_B')
var replica = !empty(replicaOf)

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: 'psql-${name}'
  location: location
  tags: tags
  sku: {
    name: sku
    tier: burstable ? 'Burstable' : 'GeneralPurpose'
  }
  properties: {
    createMode: replica ? 'Replica' : 'Default'
    sourceServerResourceId: replica ? replicaOf : null
    version: version
    administratorLogin: replica ? null : owner
    administratorLoginPassword: replica ? null : password
    authConfig: {
      activeDirectoryAuth: 'Disabled'
      passwordAuth: 'Enabled'
    }
    storage: {
      storageSizeGB: storageGb
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: backupDays
      geoRedundantBackup: geoRedundantBackup ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: highAvailability ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: private ? 'Disabled' : 'Enabled' }
  }
}

resource opus 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = if (!replica) {
  parent: server
  name: databaseName
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
}

// Flex Consumption has no fixed addresses: without a network of its own, the app comes from anywhere in Azure.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = if (!private) {
  parent: server
  name: 'AllowAllAzureServicesAndResourcesWithinAzureIps'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource logsSlowQueries 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = if (!replica) {
  parent: server
  name: 'log_min_duration_statement'
  properties: {
    source: 'user-override'
    value: '5000'
  }
  dependsOn: [opus]
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'PostgreSQLLogs'
        enabled: true
      }
    ]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource keptPassword 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  // checkov:skip=CKV_AZURE_41:rotated by docs/operations.md; an expiry date would only stop the app by night
  parent: vault
  name: 'database-password'
  tags: tags
  properties: {
    contentType: 'password of the database owner'
    value: password
  }
}

resource url 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  // checkov:skip=CKV_AZURE_41:rotated by docs/operations.md; an expiry date would only stop the app by night
  parent: vault
  name: 'DATABASE-URL'
  tags: tags
  properties: {
    contentType: 'connection URL of the database'
    value: 'postgresql://${owner}:${uriComponent(password)}@${server.properties.fullyQualifiedDomainName}:5432/${databaseName}?sslmode=require'
  }
}

output id string = server.id
output name string = server.name
