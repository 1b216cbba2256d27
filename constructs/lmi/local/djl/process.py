"""Run one model server: a Java process that starts and ends its own Python processes."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from lmi.errors import HostError
from lmi.local.djl.failure import find_failure
from lmi.local.djl.install import Installation

_POLL_SECONDS = 0.03
_STOP_SECONDS = 10
_LOG_TAIL_BYTES = 512 * 1024

# What the model may see of this host. A container sees nothing of it; without these, neither Java
# nor a `pip install -r requirements.txt` behind a proxy or a mirror would work.
_HOST_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_HOST_PREFIXES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_")


class ModelServer:
    """
    One model server on a free loopback port.

    It loads the models of *model_store* as the container does with /opt/ml/model, and opens its
    port when they are loaded. It ends when this process does, and its Python processes with it.

    Args:
        installation: the server to run.
        python: the Python that runs the handler; requirements.txt is installed into it.
        model_store: the unpacked model.
        environment: the environment variables of the container.
        log: the file to which everything that the server and the handler write is appended.
    """

    def __init__(
        self,
        *,
        installation: Installation,
        python: Path,
        model_store: Path,
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        self._installation = installation
        self._python = python
        self._model_store = model_store.resolve()
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._directory: Path | None = None
        self._port: int | None = None
        self._log_start = 0

    @property
    def port(self) -> int | None:
        """The port, or None as long as the models are loading."""
        if self._port is None and self._directory is not None:
            try:
                self._port = int((self._directory / "port").read_text(encoding="ascii"))
            except FileNotFoundError:
                return None
        return self._port

    @property
    def url(self) -> str | None:
        """The server's address, or None as long as the models are loading."""
        return None if self.port is None else f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the Java process runs."""
        return self._process is not None and not _has_ended(self._process)

    def start(self) -> None:
        """
        Start the process and return at once.

        Raises:
            HostError: there is no Java.
        """
        if self._process is not None:
            raise HostError(f"the model server of {self._model_store} was started already")
        arguments = ["--model-store", str(self._model_store), "--port", "0", "--exit-at-eof"]
        # DJL's sockets get the same names in every server, so each needs a temporary folder of its
        # own; a short one, because the path of a socket is limited to about 100 characters.
        directory = Path(tempfile.mkdtemp(prefix="lmi-"))
        try:
            command = self._installation.command(*arguments, "--port-file", str(directory / "port"))
            command.insert(1, f"-Djava.io.tmpdir={directory}")
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    command,
                    cwd=directory,
                    env=self._variables(directory),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self._directory = directory

    def _variables(self, directory: Path) -> dict[str, str]:
        host = {
            name: value
            for name, value in os.environ.items()
            if name in _HOST_VARIABLES or name.upper().startswith(_HOST_PREFIXES)
        }
        ours = {
            "PYTHON_EXECUTABLE": str(self._python.absolute()),
            "ENGINE_CACHE_DIR": str(self._installation.engine_cache),
            "OPT_OUT_TRACKING": "true",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "TMPDIR": str(directory),
        }
        # Whoever runs this may be logged in to an account, which no container may reach.
        logged_out = {
            "AWS_CONFIG_FILE": str(directory / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(directory / "aws-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        cache = {"DJL_CACHE_DIR": str(directory / "djl")}
        return {**host, **cache, **logged_out, **self._environment, **ours}

    def wait_until_in_service(self, timeout_seconds: float) -> None:
        """
        Return when /ping answers 200.

        Raises:
            HostError: the process ended, with the handler's own error, or *timeout_seconds* passed.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            if self.ping() == http.client.OK:
                return
            if not self.alive:
                raise HostError(self._explain("the model does not load"))
            if time.monotonic() >= deadline:
                reason = f"the model server did not answer /ping with 200 in {timeout_seconds:g} s"
                raise HostError(self._explain(reason))
            time.sleep(_POLL_SECONDS)

    def _explain(self, what: str) -> str:
        if self._process is None:
            return f"{what}: the model server was not started"
        with self._log.open("rb") as file:
            file.seek(max(self._log_start, self._log.stat().st_size - _LOG_TAIL_BYTES))
            log = file.read().decode(errors="replace")
        reason = find_failure(log, self._model_store)
        if reason is None and not self.alive:
            reason = f"the model server ended with status {_status(self._process)}"
        return f"{what}: {reason}\nlog: {self._log}" if reason else f"{what}\nlog: {self._log}"

    def ping(self) -> int | None:
        """Return the status that /ping answers, or None if nothing answers within five seconds."""
        if self.port is None or not self.alive:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def stop(self) -> None:
        """End the server and its Python processes. Does nothing if they ended already."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            _end(process)
            process.stdin.close()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = self._port = None


def _end(process: subprocess.Popen[bytes]) -> None:
    if not _has_ended(process):
        process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    while not _has_ended(process) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    # The server ends its Python processes itself; this is for one that does not answer, or that was
    # killed. It has not been waited for yet, so its group's id is nobody else's.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the process has ended, without taking its status from who waits for it."""
    if process.returncode is not None:
        return True
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


def _status(process: subprocess.Popen[bytes]) -> int:
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    # As Popen gives it: negative for a signal.
    status = 0 if ended is None else ended.si_status
    return status if ended is None or ended.si_code == os.CLD_EXITED else -status
