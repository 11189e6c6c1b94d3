// Every secret, and nowhere else. Values are put in by people, never by a template, except the database's own.

param location string
param tags object
param name string

@description('Reachable through a private endpoint only.')
param private bool

@description('A deleted vault cannot be emptied for 90 days, nor its name be used again.')
param purgeProtection bool

param appPrincipalId string
param deployerPrincipalId string

@description('Whoever provisions may set secrets; empty for nobody.')
param operatorPrincipalId string

@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

param workspaceId string

var roles = loadJsonContent('../roles.json')
// Azure takes true or nothing here, never false.
var protected = purgeProtection ? true : null
var readers = [appPrincipalId, deployerPrincipalId]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_42:purge protection is a parameter, on unless an environment is made to be thrown away
  // checkov:skip=CKV_AZURE_109:closed with privateNetwork; else every reader needs a role, and reading is audited
  // checkov:skip=CKV_AZURE_110:see CKV_AZURE_42
  // checkov:skip=CKV_AZURE_189:see CKV_AZURE_109
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: protected
    softDeleteRetentionInDays: 90
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: private ? 'Deny' : 'Allow'
    }
  }
}

resource readsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for reader in readers: {
  name: guid(vault.id, reader, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: reader
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}]

resource operatorSetsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(vault.id, operatorPrincipalId, roles.keyVaultSecretsOfficer)
  scope: vault
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsOfficer)
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
