"""What the durable client binding tells an app: where the backend and the Durable HTTP API are."""

import json
from urllib.parse import quote, urlencode

from .functions import Function

API_PATH = "/runtime/webhooks/durabletask"
# The gRPC limit of 4 MB would refuse long histories.
_LARGEST_MESSAGE_BYTES = 2**31 - 1


class DurableClientBinding:
    """Makes the configuration that each `durableClient` input receives."""

    def __init__(self, origin: str, grpc_address: str, hub_name: str) -> None:
        self._text = json.dumps(_configuration(f"{origin}{API_PATH}", grpc_address, hub_name))

    def __call__(self, _function: Function) -> str:
        return self._text


def _configuration(base: str, grpc_address: str, hub_name: str) -> dict[str, object]:
    query = urlencode({"taskHub": hub_name, "connection": "Storage"})
    instance = f"{base}/instances/{quote('INSTANCEID')}"
    return {
        "taskHubName": hub_name,
        "creationUrls": {
            "createNewInstancePostUri": f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]?{query}",
        },
        "managementUrls": {
            "id": "INSTANCEID",
            "statusQueryGetUri": f"{instance}?{query}",
            "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
            "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
            "rewindPostUri": f"{instance}/rewind?reason={{text}}&{query}",
            "purgeHistoryDeleteUri": f"{instance}?{query}",
            "restartPostUri": f"{instance}/restart?{query}",
            "suspendPostUri": f"{instance}/suspend?reason={{text}}&{query}",
            "resumePostUri": f"{instance}/resume?reason={{text}}&{query}",
        },
        "baseUrl": base,
        "httpBaseUrl": base,
        "requiredQueryStringParameters": query,
        "rpcBaseUrl": f"http://{grpc_address}",
        "maxGrpcMessageSizeInBytes": _LARGEST_MESSAGE_BYTES,
        "grpcHttpClientTimeout": "00:01:40",
    }
