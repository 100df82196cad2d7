"""moto's server, which also tells what was published to AWS IoT: nothing else reads that.

    python moto_with_messages.py PORT

GET /published: a JSON array of [topic, payload in base64], in order, of one account and region.
"""

import base64
import json
import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iotdata.models import iotdata_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

REGION = "us-east-1"

moto = DomainDispatcherApplication(create_backend_app)


def published():
    messages = iotdata_backends[DEFAULT_ACCOUNT_ID][REGION].published_payloads
    texts = [(topic, p.encode() if isinstance(p, str) else p) for topic, p in messages]
    return json.dumps([[topic, base64.b64encode(p).decode()] for topic, p in texts])


def application(environ, start_response):
    if environ["PATH_INFO"] != "/published":
        return moto(environ, start_response)
    start_response("200 OK", [("content-type", "application/json")])
    return [published().encode()]


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
