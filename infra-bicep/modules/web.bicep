// The two web apps: static files, served without a server of ours.

param location string
param tags object
param name string

@description('Which of them, e.g. dashboard and storefront; each is also the name of its azd service.')
param sites array

@allowed(['Free', 'Standard'])
param sku string

resource web 'Microsoft.Web/staticSites@2024-11-01' = [for site in sites: {
  name: 'stapp-${name}-${site}'
  location: location
  tags: union(tags, { 'azd-service-name': site })
  sku: {
    name: sku
    tier: sku
  }
  properties: {
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }
}]

output origins array = [for (site, i) in sites: 'https://${web[i].properties.defaultHostname}']
