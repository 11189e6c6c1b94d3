// Who hears of an alert: people by mail, a pager by its webhook, and a Slack channel.
// Slack does not understand Azure's messages, so a Logic App puts them into words.

param location string
param tags object
param name string
param emails array

@description('A pager\'s address for Azure\'s common alert schema, as PagerDuty and Opsgenie have it; empty for none.')
@secure()
param pagerWebhookUri string

@description('A Slack incoming webhook; empty for none.')
@secure()
param slackWebhookUri string

var workflowSchema = 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
var words = '@{if(equals(triggerBody()?[\'data\']?[\'essentials\']?[\'monitorCondition\'], \'Resolved\'), \':white_check_mark: over:\', \':rotating_light:\')} *@{triggerBody()?[\'data\']?[\'essentials\']?[\'alertRule\']}* (@{triggerBody()?[\'data\']?[\'essentials\']?[\'severity\']}) @{triggerBody()?[\'data\']?[\'essentials\']?[\'description\']}'
var toSlack = !empty(slackWebhookUri)
var toPager = !empty(pagerWebhookUri)
var mails = [for (email, i) in emails: {
  name: 'mail-${i}'
  emailAddress: email
  useCommonAlertSchema: true
}]
var pager = [
  {
    name: 'pager'
    serviceUri: pagerWebhookUri
    useCommonAlertSchema: true
  }
]

resource slack 'Microsoft.Logic/workflows@2019-05-01' = if (toSlack) {
  name: 'logic-${name}-slack'
  location: location
  tags: tags
  properties: {
    state: 'Enabled'
    definition: {
      '$schema': workflowSchema
      contentVersion: '1.0.0.0'
      parameters: {
        address: { type: 'SecureString' }
      }
      triggers: {
        alert: {
          type: 'Request'
          kind: 'Http'
          inputs: {}
        }
      }
      actions: {
        tell: {
          type: 'Http'
          runAfter: {}
          inputs: {
            method: 'POST'
            uri: '@parameters(\'address\')'
            headers: { 'Content-Type': 'application/json' }
            body: { text: words }
            retryPolicy: {
              type: 'exponential'
              count: 4
              interval: 'PT10S'
            }
          }
          runtimeConfiguration: {
            secureData: { properties: ['inputs'] }
          }
        }
      }
    }
    parameters: {
      address: { value: slackWebhookUri }
    }
  }
}

resource slackAlert 'Microsoft.Logic/workflows/triggers@2019-05-01' existing = if (toSlack) {
  parent: slack
  name: 'alert'
}

var slackReceivers = [
  {
    name: 'slack'
    resourceId: slack.id
    callbackUrl: slackAlert.listCallbackUrl().value
    useCommonAlertSchema: true
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'opus'
    enabled: true
    emailReceivers: mails
    webhookReceivers: toPager ? pager : []
    logicAppReceivers: toSlack ? slackReceivers : []
  }
}

output id string = group.id
