"""SAM CLI, its functions' containers on the host's network.

`sam local` publishes each container's port on 127.0.0.1 and leaves the container on docker's own
network, from where nothing that listens on the host's 127.0.0.1 can be reached; its option
--docker-network does not change that. The tests have their store there, so here the containers
share the host's network. Arguments are sam's own.

Two things follow. The emulator in the container must not listen where it likes, since that would
be every address of the host: it gets the address that SAM expects. And AWS_ENDPOINT_URL is handed
on to the function, which SAM does only with variables that the template names.
"""

import os
import socket
import sys

from docker.models.containers import ContainerCollection
from samcli.cli.main import cli

# Where the emulator listens in a container of its own.
EMULATOR = "8080"

create = ContainerCollection.create


def free_port(interface):
    with socket.socket() as probe:
        probe.bind((interface, 0))
        return probe.getsockname()[1]


def create_on_host(self, image, command=None, **options):
    interface, port = options.pop("ports")[EMULATOR]
    options["network_mode"] = "host"
    options["entrypoint"] = [
        *options["entrypoint"],
        "--runtime-interface-emulator-address",
        f"{interface}:{port}",
        "--runtime-api-address",
        f"{interface}:{free_port(interface)}",
    ]
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        options["environment"]["AWS_ENDPOINT_URL"] = endpoint
    return create(self, image, command, **options)


ContainerCollection.create = create_on_host
sys.exit(cli(prog_name="sam"))
