"""What Schemathesis cannot know from the API's description: the rules that stand in its words, because no schema has a way to
say them."""

import json
import time

import schemathesis
from hypothesis import strategies as st
from schemathesis.openapi.checks import RejectedPositiveData

TEXT = st.text(max_size=20)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
MESSAGE = st.fixed_dictionaries({"data": JSON}, optional={"event": st.from_regex(r"[^\0\r\n]{1,20}", fullmatch=True)})

# A batch is a text to a schema; what is valid is a message on each line.
schemathesis.openapi.media_type(
    "application/x-ndjson",
    st.lists(MESSAGE, min_size=1, max_size=5).map(lambda messages: "\n".join(map(json.dumps, messages)).encode()),
)


def is_refused_by_rule(case):
    """Whether a request that fits the schema is one that the description's words refuse."""
    query, headers = dict(case.query or {}), {name.lower(): value for name, value in (case.headers or {}).items()}
    body = case.body if isinstance(case.body, dict) else {}
    given = {name for name, value in {**query, **body}.items() if value is not None}
    has_key = "idempotency-key" in headers
    is_json = case.media_type in ("application/json", "application/x-ndjson")
    ids = [value for name, value in {**query, **body, **headers}.items() if name.replace("-", "_").lower() in ID_NAMES]
    return (
        # One of two.
        {"before", "after"} <= given
        or {"last", "from"} <= given
        or (is_json and "event" in query)
        or ("key" in given and (has_key or body.get("ephemeral")))
        or (has_key and body.get("ephemeral"))
        # One only with another.
        or ("name" in given and "person" not in given)
        # Of a moment that has not been yet.
        or any(int(str(id).split("-")[0] or 0) > time.time() * 1000 for id in ids if str(id)[:1].isdigit())
    )


ID_NAMES = {"last_event_id", "lasteventid"}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not (isinstance(failure, RejectedPositiveData) and response.status_code == 400 and is_refused_by_rule(case))
