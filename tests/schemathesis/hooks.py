"""What Schemathesis cannot know from the API's description: the rules that stand in its words, because no schema says them."""

import json
import time

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData

LAST_EVENT_ID = ("last_event_id", "lastEventId", "lastEventID")
BUILT_IN = ("GET /api/sse", "GET /api/streams/{name}")
MOST_BYTES = {"event": 128, "q": 512, "prompt": 32768}


@schemathesis.serializer("application/x-ndjson")
def batch(context, value):
    """A batch is a text to a schema. So that it is a valid one, each line of the text becomes a message."""
    lines = [{"data": line} for line in value.split("\n")] if isinstance(value, str) else [value]
    return "\n".join(map(json.dumps, lines)).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Takes away what is refused only beside something else: with all parameters at once every request would be refused,
    and nothing be learned of any of them."""
    query, headers = case.query or {}, case.headers or {}
    body = case.body if isinstance(case.body, dict) else {}
    tried = getattr(case.meta.phase.data, "parameter", None)

    def keep_one(place, *names):
        given = [name for name in names if place.get(name) is not None]
        kept = tried if tried in given else next(iter(given), None)
        for name in given:
            if name != kept:
                del place[name]

    keep_one(query, "before", "after")
    keep_one(query, *LAST_EVENT_ID)
    for place in (query, body):
        keep_one(place, "last", "from")
    if case.media_type in ("application/json", "application/x-ndjson"):
        query.pop("event", None)
    if body.get("key") is not None and "Idempotency-Key" in headers:
        if tried == "Idempotency-Key":
            del body["key"]
        else:
            del headers["Idempotency-Key"]
    if body.get("key") is not None or "Idempotency-Key" in headers:
        body.pop("ephemeral", None)
    if "person" not in query:
        query.pop("name", None)
    if (case.path_parameters or {}).get("name") != "clock":
        query.pop("interval", None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is a finding."""
    wrong = {place.value for place, part in case.meta.components.items() if part.mode == GenerationMode.NEGATIVE}
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        # With each valid query the coverage phase sends a header that is not, and takes the whole for valid.
        return not (wrong or is_beyond_a_schema(case))
    if isinstance(failure, AcceptedNegativeData):
        # POST /messages takes any media type, and whatever is sent is a text.
        return not (wrong == {"body"} and case.operation.label == "POST /messages")
    if isinstance(failure, JsonSchemaError):
        # In OpenAPI 3.1 a stream's schema is of the whole of it, a text; each of its events is held to it here.
        return response.headers["content-type"] != ["text/event-stream"]
    return True


def is_beyond_a_schema(case):
    """Whether a request that fits every schema is refused all the same, as the description's words say."""
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    given = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}
    ids = filter(None, [headers.get("last-event-id"), *map(given.get, LAST_EVENT_ID)])
    return (
        # After what has not been: yet, or ever, as the streams that the server makes by itself know of theirs.
        any(is_of_the_future(event_id) or case.operation.label in BUILT_IN for event_id in ids)
        # Something to look for.
        or ("q" in given and not any(map(str.isalnum, given["q"])))
        # A schema counts characters.
        or any(len((given.get(name) or "").encode()) > most for name, most in MOST_BYTES.items())
    )


def is_of_the_future(event_id):
    return int(event_id.partition("-")[0]) > 1000 * time.time()
