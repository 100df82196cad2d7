"""Calls Personalize Runtime and Events with boto3 as it comes, and judges every answer by the service
models that it ships.

Usage: clients.py ENDPOINT [KEY_ID SECRET], with a JSON array of calls on stdin:
[{"client": "personalize-runtime", "call": "get_recommendations", "with": {…}}, …]

Prints a JSON array: for each call its `status`, the `error` as boto3 names it, what boto3 made of the
`answer`, and `wrong`, everything in which the answer is not as the model of the service says. Of an answer
that the models do not know, such as one about a signature, the name of the error alone is judged.
"""

import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

JSON_TYPES = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "integer": int,
    "double": (int, float),
    "float": (int, float),
}


def judge(value, shape, at, wrong):
    """Walks a value along its shape, and notes what does not fit."""
    expected = JSON_TYPES[shape.type_name]
    if not isinstance(value, expected) or isinstance(value, bool):
        wrong.append(f"{at}: expected {shape.type_name}, found {value!r}")
        return
    limits = shape.metadata
    size = value if isinstance(value, (int, float)) else len(value)
    if size < limits.get("min", float("-inf")) or size > limits.get("max", float("inf")):
        wrong.append(f"{at}: {size} is outside of {limits}")
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        wrong.append(f"{at}: {value!r} is not {limits['pattern']}")
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                wrong.append(f"{at}.{name}: is missing")
        for name, member in value.items():
            if name in shape.members:
                judge(member, shape.members[name], f"{at}.{name}", wrong)
            else:
                wrong.append(f"{at}.{name}: is unknown")
    elif shape.type_name == "map":
        for name, member in value.items():
            judge(name, shape.key, f"{at} key", wrong)
            judge(member, shape.value, f"{at}[{name}]", wrong)
    elif shape.type_name == "list":
        for place, member in enumerate(value):
            judge(member, shape.member, f"{at}[{place}]", wrong)


def judge_answer(operation, response, wrong):
    status = response["status_code"]
    kind = response["headers"].get("x-amzn-errortype")
    body = response["body"]
    if status == 200:
        if kind is not None:
            wrong.append(f"a success is called {kind}")
        if operation.output_shape is not None:
            judge(json.loads(body), operation.output_shape, "answer", wrong)
        return
    shapes = {shape.error_code: shape for shape in operation.error_shapes}
    if kind in shapes:
        documented = shapes[kind].metadata["error"]["httpStatusCode"]
        if status != documented:
            wrong.append(f"{kind} has the status {status}, documented is {documented}")
        judge(json.loads(body), shapes[kind], "error", wrong)
    elif status != 403:
        wrong.append(f"{kind} is not documented: {sorted(shapes)} are")


def main():
    endpoint, key_id, secret = (sys.argv[1:] + ["any", "any"])[:3]
    made = {}
    replies = []
    for call in json.load(sys.stdin):
        service = call["client"]
        if service not in made:
            client = boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                config=Config(retries={"total_max_attempts": 1}),
            )
            seen = []
            client.meta.events.register(
                "before-parse", lambda response_dict, seen=seen, **_: seen.append(response_dict)
            )
            made[service] = (client, seen)
        client, seen = made[service]
        seen.clear()
        reply = {"status": None, "error": None, "message": None, "answer": None, "wrong": []}
        try:
            answer = getattr(client, call["call"])(**call["with"])
            answer.pop("ResponseMetadata")
            reply["answer"] = answer
        except ClientError as error:
            reply["error"] = error.response["Error"]["Code"]
            reply["message"] = error.response["Error"]["Message"]
        except ParamValidationError as error:
            reply["error"] = "ParamValidationError"
            reply["message"] = str(error)
        if seen:
            reply["status"] = seen[0]["status_code"]
            name = client.meta.method_to_api_mapping[call["call"]]
            operation = client.meta.service_model.operation_model(name)
            judge_answer(operation, seen[0], reply["wrong"])
        replies.append(reply)
    json.dump(replies, sys.stdout)


main()
