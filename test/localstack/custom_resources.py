"""An init script (start.d) that gives CloudFormation custom resources backed by a function.

The free LocalStack says CREATE_COMPLETE of such a resource and calls nobody, so a stack would come up without its
topics. It runs inside LocalStack, on a host and in a container alike.
"""

import json
import queue
import uuid

from localstack.config import external_service_url
from localstack.http import Response
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceProviderExecutor,
    ResourceRequest,
)
from localstack.services.edge import ROUTER

PATH = "/_sluice/custom-resource"
TIMEOUT_S = 3600  # as with CloudFormation, where the resource has no ServiceTimeout
awaited: dict[str, queue.Queue] = {}


def take_answer(request, request_id: str) -> Response:
    awaited[request_id].put(json.loads(request.data))
    return Response()


def as_text(value):
    """CloudFormation hands every number and boolean over as text."""
    if isinstance(value, dict):
        return {name: as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def ask(request: ResourceRequest, kind: str, properties: dict, more: dict) -> dict:
    """Has the function do it, and waits for what it says at the response URL."""
    request_id = str(uuid.uuid4())
    event = {
        "RequestType": kind,
        "RequestId": request_id,
        "ResponseURL": f"{external_service_url()}{PATH}/{request_id}",
        "StackId": f"arn:aws:cloudformation:{request.region_name}:{request.account_id}:stack/{request.stack_name}/0",
        "LogicalResourceId": request.logical_resource_id,
        "ResourceType": request.resource_type,
        "ServiceToken": properties["ServiceToken"],
        "ResourceProperties": as_text(properties),
        **more,
    }
    awaited[request_id] = queue.Queue()
    try:
        function = request.aws_client_factory.lambda_
        function.invoke(
            FunctionName=properties["ServiceToken"], InvocationType="Event", Payload=json.dumps(event)
        )
        return awaited[request_id].get(timeout=float(properties.get("ServiceTimeout", TIMEOUT_S)))
    except queue.Empty:
        return {"Status": "FAILED", "Reason": "the custom resource's function did not answer in time"}
    finally:
        del awaited[request_id]


def outcome(answer: dict, properties: dict) -> ProgressEvent:
    if answer["Status"] != "SUCCESS":
        return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=answer.get("Reason"))
    # `own` is how a later event finds the properties again, without the attributes among them.
    model = {**answer.get("Data", {}), "PhysicalResourceId": answer["PhysicalResourceId"], "own": properties}
    return ProgressEvent(OperationStatus.SUCCESS, resource_model=model)


class CustomResourceProvider(ResourceProvider):
    TYPE = "AWS::CloudFormation::CustomResource"
    SCHEMA = {"primaryIdentifier": ["/properties/PhysicalResourceId"]}

    def create(self, request: ResourceRequest) -> ProgressEvent:
        return outcome(ask(request, "Create", request.desired_state, {}), request.desired_state)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        old_id, old = request.previous_state["PhysicalResourceId"], request.previous_state["own"]
        more = {"PhysicalResourceId": old_id, "OldResourceProperties": as_text(old)}
        answer = ask(request, "Update", request.desired_state, more)
        if answer["Status"] == "SUCCESS" and answer["PhysicalResourceId"] != old_id:
            ask(request, "Delete", old, {"PhysicalResourceId": old_id})
        return outcome(answer, request.desired_state)

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        state = request.previous_state
        if "own" not in state:  # it was never made
            return ProgressEvent(OperationStatus.SUCCESS, resource_model={})
        more = {"PhysicalResourceId": state["PhysicalResourceId"]}
        return outcome(ask(request, "Delete", state["own"], more), state["own"])


def with_custom_resources(load_others):
    def load(resource_type: str) -> ResourceProvider | None:
        is_custom = resource_type.startswith("Custom::") or resource_type == CustomResourceProvider.TYPE
        return CustomResourceProvider() if is_custom else load_others(resource_type)

    return load


ROUTER.add(f"{PATH}/<request_id>", take_answer, methods=["PUT"])
ResourceProviderExecutor.try_load_resource_provider = staticmethod(
    with_custom_resources(ResourceProviderExecutor.try_load_resource_provider)
)
