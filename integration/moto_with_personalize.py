"""moto's server with its interpreter of state machines, and a control plane of Amazon Personalize.

    python moto_with_personalize.py PORT

moto runs `aws-sdk` tasks by boto3 against itself and knows of Personalize no more than schemas. Here what
is asked of `personalize` is answered by a plane of our own, which holds every request and every answer
against the service model that botocore ships, and keeps what was created the way Personalize does: it is
pending, in progress, then active; what is in use cannot be deleted; what is deleted is gone after a while.

POST /plane            a script: {"answers": […], "failing": [name], "busy": {operation: times},
                       "lost": {operation: times}, answers that get lost behind what was done,
                       "function": URL at which the runtime emulator is invoked when no answer is left}
GET /plane             {"calls": [[operation, request]], "there": [ARN]}
"""

import itertools
import json
import os
import re
import sys
import threading
import urllib.request

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

REGION = "us-east-1"
ACCOUNT = "123456789012"
ARN = f"arn:aws:personalize:{REGION}:{ACCOUNT}"

MODEL = ServiceModel(Loader().load_service_model("personalize", "service-2"))

# How often something is described as pending or in progress before it is done.
STEPS = 2


class Refused(Exception):
    """An error of the service, by its name."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Lost(Exception):
    """What was asked is done, and nobody is told."""


def hold_against(shape, value, path=""):
    """What botocore checks, and what it leaves to the service: patterns, lengths, enumerations."""
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise Refused("InvalidInputException", report.generate_report())
    walk(shape, value, path)


def walk(shape, value, path):
    if shape.type_name == "structure":
        for name, member in value.items():
            walk(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for place, member in enumerate(value):
            walk(shape.member, member, f"{path}[{place}]")
    elif shape.type_name == "string":
        limits = shape.metadata
        long = len(value) > limits.get("max", len(value)) or len(value) < limits.get("min", 0)
        pattern = limits.get("pattern")
        odd = pattern is not None and "\\p{" not in pattern and not re.fullmatch(pattern, value)
        unknown = limits.get("enum") and value not in limits["enum"]
        if long or odd or unknown:
            raise Refused("InvalidInputException", f"{path}: {value!r} does not fit")


class Plane:
    """What there is, by its ARN, and what was asked."""

    # Operation: what it is about, the field of its name, whose name is in its ARN, what must be there.
    CREATED = {
        "CreateDatasetGroup": ("dataset-group", "name", []),
        "CreateSchema": ("schema", "name", []),
        "CreateDataset": ("dataset", None, ["datasetGroupArn", "schemaArn"]),
        "CreateDatasetImportJob": ("dataset-import-job", "jobName", ["datasetArn"]),
        "CreateSolution": ("solution", "name", ["datasetGroupArn"]),
        "CreateSolutionVersion": ("version", None, ["solutionArn"]),
        "CreateCampaign": ("campaign", "name", ["solutionVersionArn"]),
        "CreateBatchInferenceJob": ("batch-inference-job", "jobName", ["solutionVersionArn"]),
    }

    def __init__(self):
        self.lock = threading.RLock()
        self.there = {}
        self.script({})

    def script(self, script):
        with self.lock:
            self.calls = []
            self.answers = list(script.get("answers", []))
            self.failing = script.get("failing", [])
            self.busy = dict(script.get("busy", {}))
            self.lost = dict(script.get("lost", {}))
            self.function = script.get("function")

    def told(self):
        with self.lock:
            return {"calls": self.calls, "there": sorted(self.there)}

    def call(self, name, request):
        operation = MODEL.operation_model(name)
        with self.lock:
            self.calls.append([name, request])
            hold_against(operation.input_shape, request)
            if self.busy.get(name, 0) > 0:
                self.busy[name] -= 1
                raise Refused("LimitExceededException", "more than this account may have at once")
            answer = self.answer(name, request)
            if self.lost.get(name, 0) > 0:
                self.lost[name] -= 1
                raise Lost
        if operation.output_shape is not None:
            hold_against(operation.output_shape, answer)
        return answer

    def answer(self, name, request):
        if name in self.CREATED:
            return self.create(name, request)
        if name.startswith("Describe"):
            return self.describe(name, request)
        if name.startswith("Delete"):
            return self.delete(request)
        if name == "UpdateCampaign":
            return self.update(request)
        raise Refused("InvalidInputException", f"{name} is not played here")

    def active(self, arn):
        found = self.there.get(arn)
        if found is None:
            raise Refused("ResourceNotFoundException", f"{arn} is not there")
        if found["status"] != "ACTIVE":
            raise Refused("ResourceInUseException", f"{arn} is {found['status']}")

    def create(self, name, request):
        kind, named, needed = self.CREATED[name]
        for field in needed:
            self.active(request[field])
        if kind == "dataset":
            group = request["datasetGroupArn"].rsplit("/", 1)[1]
            arn = f"{ARN}:dataset/{group}/{request['datasetType'].upper()}"
        elif kind == "version":
            named = request.get("name")
            if named and any(named == of["request"].get("name") for of in self.versions(request["solutionArn"]).values()):
                raise Refused("ResourceAlreadyExistsException", f"{named} is there already")
            numbers = itertools.count(1)
            arn = next(a for n in numbers if (a := f"{request['solutionArn']}/{n:08x}") not in self.there)
        else:
            arn = f"{ARN}:{kind}/{request[named]}"
        if arn in self.there:
            raise Refused("ResourceAlreadyExistsException", f"{arn} is there already")
        # A schema has no status: it is there at once.
        status = "ACTIVE" if kind == "schema" else "CREATE PENDING"
        self.there[arn] = {"kind": kind, "request": request, "status": status, "steps": STEPS}
        field = "solutionVersionArn" if kind == "version" else camel(kind) + "Arn"
        return {field: arn}

    def versions(self, solution):
        return {arn: of for arn, of in self.there.items() if arn.startswith(solution + "/")}

    def describe(self, name, request):
        arn = next(iter(request.values()))
        found = self.there.get(arn)
        if found is None:
            raise Refused("ResourceNotFoundException", f"{arn} is not there")
        self.step(arn, found)
        if arn not in self.there:
            raise Refused("ResourceNotFoundException", f"{arn} is not there any more")
        kind = found["kind"]
        field = "solutionVersion" if kind == "version" else camel(kind)
        described = {f"{field}Arn": arn, "status": found["status"]}
        shape = MODEL.operation_model(name).output_shape.members[field]
        if "FAILED" in found["status"] and "failureReason" in shape.members:
            described["failureReason"] = "it was to fail"
        versions = self.versions(arn) if kind == "solution" else {}
        if versions:
            described["latestSolutionVersion"] = {"solutionVersionArn": max(versions)}
        if kind == "campaign":
            described["solutionVersionArn"] = found["request"]["solutionVersionArn"]
            if "update" in found:
                described["latestCampaignUpdate"] = found["update"]
        if "creationDateTime" in shape.members:
            described["creationDateTime"] = 1_772_420_400
        return {field: described}

    def step(self, arn, found):
        """Time passes when somebody looks."""
        found["steps"] -= 1
        over = found["steps"] < 0
        if found["status"].startswith("DELETE"):
            if over:
                del self.there[arn]
            return
        if found["status"].startswith("CREATE P") or found["status"].startswith("CREATE I"):
            failed = any(name in arn for name in self.failing)
            done = "CREATE FAILED" if failed else "ACTIVE"
            found["status"] = done if over else "CREATE IN_PROGRESS"
        update = found.get("update")
        if update is not None and over:
            update["status"] = "ACTIVE"
            found["request"]["solutionVersionArn"] = update["solutionVersionArn"]

    def update(self, request):
        arn = request["campaignArn"]
        self.active(arn)
        self.active(request["solutionVersionArn"])
        found = self.there[arn]
        found["steps"] = STEPS
        found["update"] = {
            "solutionVersionArn": request["solutionVersionArn"],
            "status": "CREATE PENDING",
        }
        return {"campaignArn": arn}

    def delete(self, request):
        arn = next(iter(request.values()))
        found = self.there.get(arn)
        if found is None:
            raise Refused("ResourceNotFoundException", f"{arn} is not there")
        if found["status"].endswith(("PENDING", "IN_PROGRESS")):
            raise Refused("ResourceInUseException", f"{arn} is {found['status']}")
        for other, user in self.there.items():
            asked = user["request"]
            used = (
                arn in (asked.get("schemaArn"), asked.get("datasetGroupArn"))
                or found["kind"] == "solution"
                and user["kind"] == "campaign"
                and asked["solutionVersionArn"].startswith(arn + "/")
            )
            if used:
                raise Refused("ResourceInUseException", f"{arn} is used by {other}")
        if found["kind"] == "schema":
            del self.there[arn]
        else:
            found["status"], found["steps"] = "DELETE PENDING", STEPS
        # Versions go with their solution, and jobs with what they are about.
        for other, user in list(self.there.items()):
            about = [user["request"].get(field) or "" for field in ("datasetArn", "solutionVersionArn")]
            job = user["kind"].endswith("-job") and any(of == arn or of.startswith(arn + "/") for of in about)
            if job or found["kind"] == "solution" and other.startswith(arn + "/"):
                del self.there[other]
        return {}


def camel(kind):
    first, *rest = kind.split("-")
    return first + "".join(word.capitalize() for word in rest)


class Function:
    """A function: what the script answers, or one in the runtime emulator, one invocation at a time."""

    def __init__(self, plane):
        self.plane = plane
        self.lock = threading.Lock()

    def invoke(self, payload):
        with self.plane.lock:
            self.plane.calls.append(["Invoke", json.loads(payload or b"{}")])
            if self.plane.answers:
                return json.dumps(self.plane.answers.pop(0)).encode()
            url = self.plane.function
        if url is None:
            return b'{"errorType": "NotScripted", "errorMessage": "no answer is left"}'
        with self.lock, urllib.request.urlopen(url, data=payload, timeout=120) as answer:
            return answer.read()


def teach_the_interpreter():
    """moto hands `aws-sdk` tasks' parameters to boto3 in the case of the state machine, and gives
    answers in the case of the service: Step Functions has both in Pascal case, for every service."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_aws_sdk as sdk,
    )

    sdk._SERVICE_ERROR_NAMES["personalize"] = "Personalize"
    task = sdk.StateTaskServiceAwsSdk

    def model(self):
        action = self.resource.api_action
        return MODEL.operation_model(action[0].upper() + action[1:])

    def parameters(self, parameters, *_, **__):
        self._to_boto_request(parameters, model(self).input_shape)

    def response(self, response, *_, **__):
        # Moments are texts in Step Functions.
        response.update(json.loads(json.dumps(response, default=lambda at: at.isoformat())))
        if model(self).output_shape is not None:
            self._from_boto_response(response, model(self).output_shape)

    task._normalise_parameters = parameters
    task._normalise_response = response


def respond(start_response, status, body, headers=()):
    usual = [("content-type", "application/x-amz-json-1.1"), ("x-amzn-requestid", "1")]
    start_response(status, [*usual, *headers])
    return [body if isinstance(body, bytes) else json.dumps(body).encode()]


def application(moto, plane, function):
    invoked = re.compile(r"/2015-03-31/functions/[^/]+/invocations")

    def answer(environ, start_response):
        path = environ["PATH_INFO"]
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        ours = path == "/plane" or invoked.fullmatch(path) or target.startswith("AmazonPersonalize.")
        if not ours:
            return moto(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path == "/plane":
            if environ["REQUEST_METHOD"] == "POST":
                plane.script(json.loads(body))
            return respond(start_response, "200 OK", plane.told())
        if target.startswith("AmazonPersonalize."):
            try:
                answered = plane.call(target.split(".", 1)[1], json.loads(body or b"{}"))
                return respond(start_response, "200 OK", answered)
            except Lost:
                return respond(start_response, "500 Internal Server Error", {})
            except Refused as refused:
                said = {"__type": refused.code, "message": str(refused)}
                kind = [("x-amzn-errortype", refused.code)]
                return respond(start_response, "400 Bad Request", said, kind)
        answered = function.invoke(body)
        said = json.loads(answered)
        failed = isinstance(said, dict) and "errorType" in said
        kind = [("X-Amz-Function-Error", "Unhandled")] if failed else []
        return respond(start_response, "200 OK", answered, kind)

    return answer


def main():
    port = sys.argv[1]
    # Its interpreter calls services of AWS here.
    os.environ["MOTO_PORT"] = port
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    teach_the_interpreter()
    plane = Plane()
    moto = DomainDispatcherApplication(create_backend_app)
    function = Function(plane)
    run_simple("127.0.0.1", int(port), application(moto, plane, function), threaded=True)


if __name__ == "__main__":
    main()
