"""The body of a request -> what is to be executed."""

from __future__ import annotations

from gateway import strict_json
from gateway.edge.answers import Refused
from gateway.operation import Operation
from schema.terms import ErrorCode
from schema.text import Language, Text

_SHAPE = Text(
    "Send a JSON object with query and, where needed, variables and operationName.",
    "Sūtiet JSON objektu ar query un, ja vajag, ar variables un operationName.",
)
UNREADABLE = Text("The body cannot be read: {why}.", "Pieprasījuma saturu nevar nolasīt: {why}.")


def read_request(body: bytes, language: Language = Language.EN, *, max_depth: int) -> Operation:
    """Read a body of GraphQL over HTTP.

    Args:
        body: the whole body.
        language: of the answer.
        max_depth: how deep arrays and objects may lie in one another.

    Raises:
        Refused: with status 400, whatever is wrong.
    """
    try:
        document = strict_json.loads(body, max_depth=max_depth)
    except strict_json.NotStrictJson as error:
        raise Refused(400, UNREADABLE.filled(why=error.why), _SHAPE) from None
    if isinstance(document, list):
        raise Refused(
            400,
            Text("Batches are not supported.", "Vairākas darbības vienā pieprasījumā netiek pieņemtas."),
            Text("Send one operation in each request.", "Katrā pieprasījumā sūtiet vienu darbību."),
        )
    if not isinstance(document, dict):
        raise Refused(400, Text("The body is not a JSON object.", "Pieprasījuma saturs nav JSON objekts."), _SHAPE)
    query, variables = document.get("query"), document.get("variables")
    name, extensions = document.get("operationName"), document.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(
            400,
            Text("extensions is not an object.", "extensions nav objekts."),
            Text("Leave extensions out.", "Nesūtiet extensions."),
        )
    if extensions and "persistedQuery" in extensions:
        raise Refused(
            400,
            Text("Persisted queries are not supported.", "Iepriekš saglabāti vaicājumi netiek pieņemti."),
            Text(
                "Send the document as query, without persistedQuery.",
                "Sūtiet dokumentu laukā query, bez persistedQuery.",
            ),
        )
    if query is None:
        raise Refused(400, Text("query is missing.", "Trūkst query."), _SHAPE)
    if not isinstance(query, str):
        raise Refused(400, Text("query is not a string.", "query nav teksts."), _SHAPE)
    if variables is not None and not isinstance(variables, dict):
        message = Text("variables is not an object.", "variables nav objekts.")
        raise Refused(400, message, _SHAPE, code=ErrorCode.VARIABLES)
    if name is not None and not isinstance(name, str):
        raise Refused(400, Text("operationName is not a string.", "operationName nav teksts."), _SHAPE)
    return Operation(query, variables or {}, name, language)
