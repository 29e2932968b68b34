"""Bodies of requests and answers: which codec a media type and its schema have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.forms import MULTIPART, URL_ENCODED, FormCodec
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.scalars import from_text, to_text
from adapters.kit.xsd.decode import BadReplyError

_TEXT = frozenset({"application/xml", "application/yaml", "application/jwt", "application/jose"})
_XML = frozenset({"application/xml", "text/xml"})
_BYTES = frozenset({"application/octet-stream", "application/pdf", "application/zip", "application/gzip"})


class BodyCodec(Protocol):
    """Reads and writes bodies of one media type."""

    def encode(self, value: Any) -> tuple[str, bytes]:
        """The body with its content type. Raises: BadReplyError, ValueError, TypeError."""
        ...

    def decode(self, content: bytes, content_type: str) -> Any:
        """The value of a body. Raises: BadReplyError."""
        ...


class JsonBody:
    """``application/json`` and its kin."""

    def __init__(self, codec: JsonCodec, media: str) -> None:
        self.codec = codec
        self.media = "application/json" if "*" in media else media
        """As it is written."""

    def encode(self, value: Any) -> tuple[str, bytes]:
        """See ``BodyCodec``."""
        return self.media, self.codec.encode(value)

    def decode(self, content: bytes, content_type: str) -> Any:
        """See ``BodyCodec``."""
        return self.codec.decode(content)


class TextBody:
    """A text that holds one value."""

    def __init__(self, codec: JsonCodec, media: str) -> None:
        self._codec = codec
        self._media = media

    def encode(self, value: Any) -> tuple[str, bytes]:
        """See ``BodyCodec``."""
        media = "text/plain" if "*" in self._media else self._media
        if "charset" not in media and media.startswith("text/"):
            media += "; charset=utf-8"
        return media, to_text(self._codec.to_json(value)).encode("utf-8")

    def decode(self, content: bytes, content_type: str) -> Any:
        """See ``BodyCodec``."""
        charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
        try:
            if charset in ("utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1257"):
                return self._codec.read(from_text(content.decode(charset), self._codec.shape))
        except BadReplyError:
            raise
        except ValueError:
            pass
        raise BadReplyError("body", "no text")


class BytesBody:
    """Bytes as they are."""

    def __init__(self, media: str) -> None:
        self._media = "application/octet-stream" if "*" in media else media

    def encode(self, value: Any) -> tuple[str, bytes]:
        """See ``BodyCodec``."""
        if not isinstance(value, bytes):
            raise TypeError("a body that is not bytes")
        return self._media, value

    def decode(self, content: bytes, content_type: str) -> Any:
        """See ``BodyCodec``."""
        return content


def media_name(media: str) -> str:
    """Type and subtype, without parameters, in lower case."""
    return media.partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Whether a media type is JSON."""
    name = media_name(media)
    return name in ("application/json", "text/json") or name.endswith("+json")


def body_codec(media: str, codec: JsonCodec | None, delimiters: Mapping[str, str], where: str) -> BodyCodec:
    """The codec of a body.

    Args:
        codec: of its schema; None: it has none.

    Raises: UnsupportedConstruct.
    """
    name = media_name(media)
    if codec is None:
        return BytesBody(media)
    kinds = codec.shape.kinds
    if is_json(name):
        return JsonBody(codec, media)
    if name in (MULTIPART, URL_ENCODED):
        if "object" not in kinds:
            raise UnsupportedConstruct("a form that is no object", where)
        return FormCodec(codec, name, delimiters)
    if kinds <= {"string", "null"} and "binary" in codec.shape.formats:
        return BytesBody(media)
    if "*" in name:
        return JsonBody(codec, media)
    scalar = not kinds & {"object", "array"}
    if name in _BYTES or name.partition("/")[0] in ("image", "audio", "video"):
        return BytesBody(media)
    if scalar or ("string" in kinds and (name in _TEXT or name.startswith("text/") or name.endswith("+xml"))):
        return TextBody(codec, media)
    if name in _XML or name.endswith("+xml"):
        return BytesBody(media)
    raise UnsupportedConstruct(f"a body that is {name[:60]} and no text", where)
