// Asks the API from five places in the world whether it is well, and wakes people when two of them say no.

param location string
param tags object
param name string
param url string
param insightsId string
param actionGroupId string
param enabled bool

@description('Microsoft\'s names of the places that ask, at least five.')
@minLength(5)
param places array = [
  'emea-nl-ams-azr'
  'emea-gb-db3-azr'
  'us-va-ash-azr'
  'us-ca-sjc-azr'
  'apac-sg-sin-azr'
]

var failedPlaces = 2
var locations = [for place in places: { Id: place }]

resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'availability-${name}'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'availability-${name}'
    Name: 'the API is well'
    Enabled: enabled
    Kind: 'standard'
    Frequency: 300
    Timeout: 30
    RetryEnabled: true
    Locations: locations
    Request: {
      RequestUrl: '${url}/api/health'
      HttpVerb: 'GET'
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 14
    }
  }
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-unreachable'
  location: 'global'
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource', 'hidden-link:${test.id}': 'Resource' })
  properties: {
    description: 'The API does not answer: see "Alert unreachable" in docs/operations.md.'
    severity: 0
    enabled: enabled
    autoMitigate: true
    evaluationFrequency: 'PT1M'
    windowSize: 'PT15M'
    scopes: [
      test.id
      insightsId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: insightsId
      failedLocationCount: failedPlaces
    }
    actions: [
      { actionGroupId: actionGroupId }
    ]
  }
}
