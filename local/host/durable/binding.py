"""The value of a durable client binding: where the client finds the host."""

import json

WEBHOOKS = "/runtime/webhooks/durabletask"
PLACEHOLDER = "INSTANCEID"
OPERATIONS = {
    "terminatePostUri": "terminate?reason={text}",
    "rewindPostUri": "rewind?reason={text}",
    "suspendPostUri": "suspend?reason={text}",
    "resumePostUri": "resume?reason={text}",
    "restartPostUri": "restart?",
    "sendEventPostUri": "raiseEvent/{eventName}?",
}


def client_payload(base_url: str, rpc_url: str, hub: str, key: str) -> str:
    webhooks = base_url + WEBHOOKS
    start = f"{webhooks}/orchestrators/{{functionName}}[/{{instanceId}}]"
    wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    return json.dumps(
        {
            "taskHubName": hub,
            "connectionName": None,
            "creationUrls": {
                "createNewInstancePostUri": f"{start}?code={key}",
                "createAndWaitOnNewInstancePostUri": f"{start}?{wait}&code={key}",
            },
            "managementUrls": management_urls(base_url, PLACEHOLDER, hub, key),
            "baseUrl": webhooks,
            "requiredQueryStringParameters": f"code={key}",
            "rpcBaseUrl": rpc_url,
            "httpBaseUrl": None,
        }
    )


def management_urls(base_url: str, instance_id: str, hub: str, key: str) -> dict[str, str]:
    instance = f"{base_url}{WEBHOOKS}/instances/{instance_id}"
    tail = f"taskHub={hub}&connection=Storage&code={key}"
    urls = {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{tail}",
        "purgeHistoryDeleteUri": f"{instance}?{tail}",
    }
    for name, path in OPERATIONS.items():
        urls[name] = f"{instance}/{path}{'' if path.endswith('?') else '&'}{tail}"
    return urls
