"""
Frames of the type application/vnd.amazon.eventstream, as SDKs decode them.

Layout: https://smithy.io/2.0/aws/amazon-eventstream.html; botocore 1.44.5 decodes it in
eventstream.py.
"""

import json
import struct
from binascii import crc32
from collections.abc import Mapping
from typing import Final

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
_STRING: Final = 7  # the type of a header whose value is a text


def event(event_type: str, payload: bytes, *, content_type: str) -> bytes:
    """Return the frame of one event."""
    headers = {":event-type": event_type, ":content-type": content_type, ":message-type": "event"}
    return _frame(headers, payload)


def exception(exception_type: str, fields: Mapping[str, str]) -> bytes:
    """Return the frame of an exception, which is the last of its stream."""
    headers = {
        ":exception-type": exception_type,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return _frame(headers, json.dumps(dict(fields)).encode())


def _frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    block = b"".join(_header(name, value) for name, value in headers.items())
    # 16 bytes: two lengths, the checksum of both, and the checksum of all.
    lengths = struct.pack("!II", len(block) + len(payload) + 16, len(block))
    prelude = lengths + struct.pack("!I", crc32(lengths))
    message = prelude + block + payload
    return message + struct.pack("!I", crc32(message))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return (
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(text)) + text
    )
