"""The model server of an endpoint: what this package asks of it, and DJL's, which answers."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from lmi.errors import HostError


class Server(Protocol):
    """A model server, started or not."""

    @property
    def url(self) -> str | None:
        """Where it listens; None until it does."""

    @property
    def alive(self) -> bool:
        """Whether its process runs."""

    def start(self) -> None:
        """Start the process."""

    def wait_until_in_service(self, timeout_seconds: float) -> None:
        """Return when /ping answers 200; raise HostError with the handler's own error otherwise."""

    def ping(self) -> int | None:
        """Return the status that /ping answers, or None if nothing answers in time."""

    def stop(self) -> None:
        """End the process and all that it started; may be called while another thread waits."""


class ServerFactory(Protocol):
    """Makes the model server of an endpoint."""

    def __call__(
        self,
        *,
        version: str,
        directory: Path,
        model_store: Path,
        environment: Mapping[str, str],
        log: Path,
    ) -> Server:
        """
        Return a server that is not started yet.

        Args:
            version: of DJL's engine.
            directory: the endpoint's own; what the server needs on disk goes there.
            model_store: the unpacked model.
            environment: of the model.
            log: what the server and its handlers print is added here.

        Raises:
            HostError: something is not installed; names the command that helps.
        """
        ...


class DjlServers:
    """
    Makes DJL's model servers.

    Args:
        home: the folder of the installations, `.lmi` of the project.
    """

    def __init__(self, home: Path) -> None:
        self._home = home

    def __call__(
        self,
        *,
        version: str,
        directory: Path,
        model_store: Path,
        environment: Mapping[str, str],
        log: Path,
    ) -> Server:
        """Return a server that is not started yet; see ServerFactory."""
        from lmi.local.djl import ModelServer, base_python, create_python, installed

        installation = installed(version, self._home)
        python = base_python(self._home)
        missing = []
        if installation is None:
            missing.append(f"DJL's engine {version} is not installed in {self._home}")
        if not python.exists():
            missing.append(f"{python}, the Python of model servers, is missing")
        if installation is None or missing:
            raise HostError("; ".join(missing) + "; run `lmi local install`")
        # DJL calls the AWS CLI by its name; the one that set-up installs for tests is on no PATH.
        aws_cli = self._home / "aws-cli" / "bin"
        path = os.pathsep.join(
            [*([str(aws_cli)] if aws_cli.is_dir() else []), os.environ.get("PATH", os.defpath)]
        )
        return ModelServer(
            installation=installation,
            python=create_python(directory / "python", python),
            model_store=model_store,
            environment={"PATH": path, **environment},
            log=log,
        )
