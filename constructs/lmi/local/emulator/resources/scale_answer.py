"""The answer to a request to scale, over HTTP."""

import json

from werkzeug.wrappers import Request, Response

from lmi.errors import ConfigError

from .scale import scale_request


def answer_scale(request: Request) -> Response:
    """
    Return 200 with what has changed, or 400 with the reason as `error`.

    Only JSON is taken: a web page cannot send that across origins unasked.
    """
    try:
        if request.mimetype != "application/json":
            raise ConfigError(f"a request to scale must be JSON, got {request.mimetype!r}")
        document = scale_request(json.loads(request.get_data()))
    except (ConfigError, ValueError) as error:
        return Response(json.dumps({"error": str(error)}), status=400, mimetype="application/json")
    return Response(json.dumps(document), mimetype="application/json")
