"""The process of the embedded AWS: `python -m lmi.local.emulator --home .lmi --port 0`."""

import argparse
import gc
import json
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from lmi.errors import LmiError
from lmi.local.emulator.listener import listen
from lmi.local.state import (
    Running,
    announce,
    claim,
    clear_temporary_folder,
    temporary_folder,
    withdraw,
)


def main() -> None:
    """
    Serve until SIGTERM or SIGINT.

    One line of JSON on standard output says when it answers and at which port, or why it cannot.
    """
    parser = argparse.ArgumentParser(prog="python -m lmi.local.emulator")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        _serve(arguments.home.resolve(), arguments.port, stopped)
    except LmiError as error:
        _report({"error": str(error)})
        sys.exit(error.exit_code)


def _serve(home: Path, port: int, stopped: threading.Event) -> None:
    # Held until the process ends: whoever holds it is the embedded AWS of this folder.
    claim(home)
    listener = listen(port)
    tempfile.tempdir = str(temporary_folder(home))
    # After the port is known to be free: this import takes two seconds.
    from lmi.local.client import container_environment
    from lmi.local.emulator.log_events import publish
    from lmi.local.emulator.objects import list_objects
    from lmi.local.emulator.server import EmbeddedAws, read_object
    from lmi.local.hosting import EndpointHost

    running = Running(home=home, pid=os.getpid(), port=listener.getsockname()[1])
    host = EndpointHost(
        home=home,
        read_object=read_object,
        list_objects=list_objects,
        aws_environment=container_environment(running),
        publish_log=publish,
    )
    try:
        with EmbeddedAws(host=host, listener=listener) as aws:
            # All that was imported stays: Python need not look through it for circles each time.
            gc.freeze()
            announce(running)
            _report({"port": aws.port})
            stopped.wait()
            withdraw(home)
    finally:
        host.close()
        clear_temporary_folder(home)


def _report(document: dict[str, object]) -> None:
    """Write the one line to standard output, and close it: who started this process goes on."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


if __name__ == "__main__":
    main()
