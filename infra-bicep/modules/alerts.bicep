// What people are woken for. Log rules are KQL files in alerts/; each alert has its runbook in docs/operations.md.

param location string
param tags object
param name string
param workspaceId string
param serviceBusId string

@description('Empty when the database is somebody else\'s.')
param databaseId string

param actionGroupId string

@description('False while this region only waits for another to fail.')
param enabled bool

@description('The feeds that must complete every night, separated by commas.')
param feeds string

@description('Hours without a completed run before people are woken.')
@minValue(2)
@maxValue(47)
param silentHours int

@description('How many percent more or fewer active stones after a full run are suspicious.')
@minValue(1)
@maxValue(100)
param deviationPercent int

@description('Percent of answers that may be the server\'s fault.')
@minValue(1)
@maxValue(100)
param errorPercent int

var hours = string(silentHours)
var noCompletedRun = replace(loadTextContent('../alerts/no-completed-run.kql'), '{hours}', hours)
var staleFeed = replace(replace(loadTextContent('../alerts/stale-feed.kql'), '{hours}', hours), '{feeds}', feeds)
var countDeviates = replace(loadTextContent('../alerts/count-deviates.kql'), '{percent}', string(deviationPercent))
var serverErrors = replace(loadTextContent('../alerts/server-errors.kql'), '{percent}', string(errorPercent))
var logRules = [
  {
    name: 'no-completed-run'
    title: 'No run completed'
    severity: 0
    query: noCompletedRun
    window: 'P2D'
    every: 'PT1H'
  }
  {
    name: 'stale-feed'
    title: 'A feed is stale'
    severity: 1
    query: staleFeed
    window: 'P2D'
    every: 'PT1H'
  }
  {
    name: 'run-failed'
    title: 'A run or its orchestration failed'
    severity: 1
    query: loadTextContent('../alerts/run-failed.kql')
    window: 'PT10M'
    every: 'PT5M'
  }
  {
    name: 'count-deviates'
    title: 'The number of stones changed too much'
    severity: 1
    query: countDeviates
    window: 'PT1H'
    every: 'PT15M'
  }
  {
    name: 'message-buried'
    title: 'A message could not be processed'
    severity: 2
    query: loadTextContent('../alerts/message-buried.kql')
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'server-errors'
    title: 'The API answers with errors of its own'
    severity: 1
    query: serverErrors
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'worker-killed'
    title: 'A Python worker was killed'
    severity: 2
    query: loadTextContent('../alerts/worker-killed.kql')
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'clock-stopped'
    title: 'No timer has run for half an hour'
    severity: 0
    query: loadTextContent('../alerts/clock-stopped.kql')
    window: 'PT30M'
    every: 'PT10M'
  }
  {
    name: 'authorisation-lapses'
    title: 'A card authorisation is about to lapse'
    severity: 1
    query: loadTextContent('../alerts/authorisation-lapses.kql')
    window: 'PT1H'
    every: 'PT15M'
  }
]
var ofTheBus = [
  {
    name: 'dead-letters'
    title: 'Dead letters lie in a queue'
    severity: 2
    target: serviceBusId
    namespace: 'Microsoft.ServiceBus/namespaces'
    metric: 'DeadletteredMessages'
    aggregation: 'Average'
    threshold: 0
    dimensions: [
      {
        name: 'EntityName'
        operator: 'Include'
        values: ['*']
      }
    ]
  }
]
var ofTheDatabase = [
  {
    name: 'database-busy'
    title: 'The database is busy above 85 percent'
    severity: 2
    target: databaseId
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    metric: 'cpu_percent'
    aggregation: 'Average'
    threshold: 85
    dimensions: []
  }
  {
    name: 'database-full'
    title: 'The database\'s disk is more than 85 percent full'
    severity: 1
    target: databaseId
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    metric: 'storage_percent'
    aggregation: 'Average'
    threshold: 85
    dimensions: []
  }
]
var metricRules = concat(ofTheBus, empty(databaseId) ? [] : ofTheDatabase)

resource ofLogs 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in logRules: {
  name: 'alert-${name}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    description: '${rule.title}: see "Alert ${rule.name}" in docs/operations.md.'
    severity: rule.severity
    enabled: enabled
    autoMitigate: true
    evaluationFrequency: rule.every
    windowSize: rule.window
    scopes: [workspaceId]
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}]

resource ofMetrics 'Microsoft.Insights/metricAlerts@2018-03-01' = [for rule in metricRules: {
  name: 'alert-${name}-${rule.name}'
  location: 'global'
  tags: tags
  properties: {
    description: '${rule.title}: see "Alert ${rule.name}" in docs/operations.md.'
    severity: rule.severity
    enabled: enabled
    autoMitigate: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [rule.target]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: rule.name
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: rule.namespace
          metricName: rule.metric
          timeAggregation: rule.aggregation
          operator: 'GreaterThan'
          threshold: rule.threshold
          dimensions: rule.dimensions
        }
      ]
    }
    actions: [
      { actionGroupId: actionGroupId }
    ]
  }
}]
