"""What DJL makes of an artifact: it is started, and asked."""

import http.client
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmi.errors import HostError
from lmi.local.djl import Installation, ModelServer
from tests.e2e.checked_artifacts.artifact import Artifact

_START_SECONDS = 60
_NEVER_SECONDS = 6
_CALL_SECONDS = 20
_NO_ANSWER_SECONDS = 3
_TOGETHER = 8
_BODY = b'{"inputs": "Hello"}'


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An artifact on a version of DJL."""

    artifact: Artifact
    version: str
    is_expected_to_work: bool
    """Then it may share a server with others, for speed; each is asked for itself."""

    def __str__(self) -> str:
        return f"{self.version} {self.artifact.name!r}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of it."""

    kind: Literal["refuses", "fails", "works"]
    """The server does not come up healthy; every call is an error; a call is answered."""
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where servers are started."""

    folder: Path
    installations: Mapping[str, Installation]
    python: Path
    hollow_pythons: Mapping[str, Path]

    def measure(self, rows: Iterable[Row]) -> dict[Row, Outcome]:
        """Return what becomes of each row; two servers at a time."""
        groups = list(_groups(rows))
        with ThreadPoolExecutor(2) as pool:
            names = [f"{number:03}" for number in range(len(groups))]
            found = pool.map(self._measure_group, groups, names)
            return {row: outcome for part in found for row, outcome in part.items()}

    def _measure_group(self, rows: tuple[Row, ...], name: str) -> dict[Row, Outcome]:
        outcomes = self._serve(rows, name)
        if outcomes is not None:
            return outcomes
        # One of them does not load, so each has a server of its own.
        return {
            row: outcome
            for number, row in enumerate(rows)
            for outcome in (self._serve((row,), f"{name}-{number}") or {}).values()
        }

    def _serve(self, rows: tuple[Row, ...], name: str) -> dict[Row, Outcome] | None:
        """Return what becomes of *rows* on one server; None: it refuses, and they are several."""
        first = rows[0]
        store = self.folder / name
        for number, row in enumerate(rows):
            for path, content in row.artifact.files.items():
                file = store / f"model{number}" / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        hollow = first.artifact.has_hollow_packages
        server = ModelServer(
            installation=self.installations[first.version],
            python=self.hollow_pythons[first.version] if hollow else self.python,
            model_store=store,
            environment={"PIP_NO_INDEX": "1"},
            log=self.folder / f"{name}.log",
        )
        try:
            server.start()
            never = first.artifact.never_loads and not first.is_expected_to_work
            server.wait_until_in_service(_NEVER_SECONDS if never else _START_SECONDS)
            if len(rows) == 1:
                return {first: _ask(server, "/invocations", first)}
            return {
                row: _ask(server, f"/predictions/model{number}", row)
                for number, row in enumerate(rows)
            }
        except HostError as error:
            refused = Outcome(kind="refuses", message=str(error))
            return {first: refused} if len(rows) == 1 else None
        finally:
            server.stop()


def _groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    together: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        if row.is_expected_to_work and not row.artifact.needs_own_server:
            key = (row.version, row.artifact.has_hollow_packages)
            together.setdefault(key, []).append(row)
        else:
            yield (row,)
    for found in together.values():
        for start in range(0, len(found), _TOGETHER):
            yield tuple(found[start : start + _TOGETHER])


def _ask(server: ModelServer, path: str, row: Row) -> Outcome:
    seconds = _CALL_SECONDS if row.is_expected_to_work else _NO_ANSWER_SECONDS
    answers = [_call(server, path, seconds) for _ in range(2)]
    works = any(status in {200, 204} for status, _ in answers)
    return Outcome(kind="works" if works else "fails", message=str(answers))


def _call(server: ModelServer, path: str, seconds: float) -> tuple[int | None, bytes]:
    assert server.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=seconds)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, body=_BODY, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        return None, repr(error).encode()
    finally:
        connection.close()
