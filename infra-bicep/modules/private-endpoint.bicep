// One private way into one service, with its name in the private DNS zone.

param location string
param tags object
param name string
param subnetId string
param targetId string

@description('What is reached, in Azure\'s words.')
@allowed(['blob', 'queue', 'table', 'vault', 'postgresqlServer', 'namespace'])
param group string

@description('The private DNS zone that network.bicep made for it.')
param zoneName string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: zoneName
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: 'pep-${name}-${group}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: group
        properties: {
          privateLinkServiceId: targetId
          groupIds: [group]
        }
      }
    ]
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: group
        properties: { privateDnsZoneId: zone.id }
      }
    ]
  }
}
