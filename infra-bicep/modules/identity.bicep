// Who the app is, and who GitHub is when it deploys.

param location string
param tags object
param name string

@description('Its GitHub environment may deploy, as owner/name; empty for none.')
param githubRepository string

@description('The GitHub environment whose workflows may sign in.')
param githubEnvironment string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

resource deployer 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-deploy'
  location: location
  tags: tags
}

resource github 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = if (!empty(githubRepository)) {
  parent: deployer
  name: 'github-${githubEnvironment}'
  properties: {
    audiences: ['api://AzureADTokenExchange']
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:${githubRepository}:environment:${githubEnvironment}'
  }
}

output id string = app.id
output clientId string = app.properties.clientId
output principalId string = app.properties.principalId
output deployerClientId string = deployer.properties.clientId
output deployerPrincipalId string = deployer.properties.principalId
