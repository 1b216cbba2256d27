"""The front of the embedded AWS: one WSGI application for every service but sagemaker-runtime."""

import json
import logging
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from lmi.local.emulator import ACCOUNT
from lmi.local.emulator.resources.scale_answer import answer_scale
from lmi.local.scaling import SCALE_PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from lmi.local.emulator.sagemaker import Host

_log = logging.getLogger(__name__)

STATUS_PATH = "/_lmi/status"
"""Where the embedded AWS tells about itself; no AWS service has such a path."""


class Front:
    """Answers the question for the status from *host*, and all else by moto."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if request.path == STATUS_PATH and request.method == "GET":
            return self._status()(environ, start_response)
        if request.path == SCALE_PATH and request.method == "POST":
            return answer_scale(request)(environ, start_response)
        try:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        except Exception as error:
            _log.exception("%s %s failed", request.method, request.path)
            response = _not_implemented(request, f"{type(error).__name__}: {error}")
        return response(environ, start_response)

    def _status(self) -> Response:
        hosted = {(each.region, each.endpoint_name): each for each in self._host.status()}
        endpoints = []
        for region, backend in list(sagemaker_backends[ACCOUNT].items()):
            for name, endpoint in list(backend.endpoints.items()):
                here = hosted.get((region, name))
                in_service = here is not None and endpoint.endpoint_status == "InService"
                endpoints.append(
                    {
                        "endpoint_name": name,
                        "region": region,
                        "status": here.status if here and in_service else endpoint.endpoint_status,
                        "failure_reason": endpoint.failure_reason,
                        "server_version": here.server_version if here else None,
                        "notes": list(here.notes) if here else [],
                        "url": here.url if here else None,
                        "log": str(here.log) if here and here.log else None,
                    }
                )
        document = {"schema": 1, "pid": os.getpid(), "account": ACCOUNT, "endpoints": endpoints}
        return Response(json.dumps(document), mimetype="application/json")


def _not_implemented(request: Request, message: str) -> Response:
    """
    Return 501 in the format of the service that was asked.

    moto lets exceptions out as HTML with status 500, which every SDK retries for half a minute
    (moto 5.2.5: moto_server/werkzeug_app.py); 501 is retried by none.
    """
    text = f"the embedded AWS could not answer: {message}"
    if request.mimetype == "application/x-www-form-urlencoded":
        body = (
            f"<ErrorResponse><Error><Type>Receiver</Type><Code>NotImplemented</Code>"
            f"<Message>{escape(text)}</Message></Error></ErrorResponse>"
        )
        return Response(body, status=501, content_type="text/xml")
    if "/s3/aws4_request" in request.headers.get("Authorization", ""):
        body = f"<Error><Code>NotImplemented</Code><Message>{escape(text)}</Message></Error>"
        return Response(body, status=501, content_type="application/xml")
    return Response(
        json.dumps({"__type": "NotImplemented", "message": text}),
        status=501,
        mimetype="application/json",
        headers={"x-amzn-ErrorType": "NotImplemented"},
    )
