"""What Schemathesis cannot know from the API's description: the rules that stand in its words, because no schema says them."""

import json
import time

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData


@schemathesis.serializer("application/x-ndjson")
def batch(context, value):
    """A batch is a text to a schema. So that it is a valid one, each line of the text becomes a message."""
    lines = [{"data": line} for line in value.split("\n")] if isinstance(value, str) else [value]
    return "\n".join(map(json.dumps, lines)).encode()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is a finding."""
    wrong = {place.value for place, part in case.meta.components.items() if part.mode == GenerationMode.NEGATIVE}
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        # With each valid query the coverage phase sends a header that is not, and takes the whole for valid.
        return not (wrong or breaks_a_rule(case))
    if isinstance(failure, AcceptedNegativeData):
        # POST /messages takes any media type, and whatever is sent is a text.
        return not (wrong == {"body"} and case.operation.label == "POST /messages")
    return True


def breaks_a_rule(case):
    """Whether a request that fits every schema is refused by the description's words."""
    headers = {name.lower().replace("-", "_"): value for name, value in (case.headers or {}).items()}
    body = case.body if isinstance(case.body, dict) else {}
    given = {**(case.query or {}), **{name: value for name, value in body.items() if value is not None}}
    has_key = "idempotency_key" in headers
    spellings = {given[name] for name in LAST_EVENT_ID if given.get(name)}
    last_event_ids = filter(None, [headers.get("last_event_id"), *spellings])
    is_json = case.media_type in ("application/json", "application/x-ndjson")
    return (
        # One of two.
        {"before", "after"} <= given.keys()
        or {"last", "from"} <= given.keys()
        or (has_key and "key" in given)
        or ("event" in (case.query or {}) and is_json)
        or ((has_key or "key" in given) and given.get("ephemeral"))
        # One only with another.
        or ("name" in given and "person" not in given)
        or ("interval" in given and case.path_parameters["name"] != "clock")
        # One id in two spellings.
        or len(spellings) > 1
        # After what has not been: yet, or ever, as the streams that the server makes by itself know of theirs.
        or any(is_of_the_future(event_id) or case.operation.label in BUILT_IN for event_id in last_event_ids)
        # Something to look for.
        or ("q" in given and not any(map(str.isalnum, given["q"])))
        # A schema counts characters.
        or any(len(given[name].encode()) > most for name, most in MOST_BYTES.items() if name in given)
    )


MOST_BYTES = {"event": 128, "q": 512, "prompt": 32768}
LAST_EVENT_ID = ("last_event_id", "lastEventId", "lastEventID")
BUILT_IN = ("GET /api/sse", "GET /api/streams/{name}")


def is_of_the_future(event_id):
    return int(event_id.partition("-")[0]) > 1000 * time.time()
