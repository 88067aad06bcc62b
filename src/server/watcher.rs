//! Who asks for a stream, and what they say of it.

use super::{State, caller::Caller, event_stream::Wire, header, limits::Place, parked::Slot, query};
use crate::{
    access::Visitor,
    hub::Subscribed,
    model::{EventId, EventIdError, Ticket, person::Person, problem::Problem, selection::Selection},
    streams::passes::Pass,
};
use axum::{
    extract::FromRequestParts,
    http::{Method, Version, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};

/// The header that a reconnecting client resumes by.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// The same as a query parameter, in the spellings that clients and polyfills use.
const LAST_EVENT_ID_PARAMETERS: [&str; 3] = ["last_event_id", "lastEventId", "lastEventID"];

/// Who asks for a stream, whichever it is.
pub(super) struct Watcher {
    /// GET, or HEAD to know what GET would be answered; POST where the stream is asked for by a body.
    pub method: Method,
    /// What it has had.
    pub last: LastEventId,
    /// The stream's name, by which it can be ended.
    pub ticket: Option<Ticket>,
    /// Who it is, and what they watch, where they say so.
    pub person: Option<(Person, Selection)>,
    /// Who asks, and what they may watch.
    pub caller: Caller,
    /// Their place among those who have a stream open.
    place: Place,
    /// Where a stream is left that is to be parked; none where it cannot be.
    slot: Option<Slot>,
}

impl Watcher {
    /// The query parameters that every stream takes.
    pub(super) const PARAMETERS: [&'static str; 5] = [
        "ticket",
        "permit",
        LAST_EVENT_ID_PARAMETERS[0],
        LAST_EVENT_ID_PARAMETERS[1],
        LAST_EVENT_ID_PARAMETERS[2],
    ];

    /// A stream that is made for this request alone.
    pub(super) fn open(
        self,
        state: &State,
        tail: EventId,
        events: impl Stream<Item = Bytes> + Send + Unpin + 'static,
    ) -> Response {
        self.enter(state, |pass, place, _| state.wire.respond(tail, events, pass, place))
    }

    /// A stream of the hub. Where its connection can be taken over, it is parked.
    pub(super) fn watch(self, state: &State, Subscribed { tail, events }: Subscribed) -> Response {
        self.enter(state, |pass, place, slot| match slot {
            Some(slot) => state.wire.park(tail, events, pass, place, &slot),
            None => state.wire.respond(tail, events.map(|frame| frame.block()), pass, place),
        })
    }

    /// The stream that was asked for; to HEAD, only its headers. 204 where it was ended for good.
    fn enter(self, state: &State, open: impl FnOnce(Pass, Place, Option<Slot>) -> Response) -> Response {
        let passes = &state.streams.passes;
        if self.method == Method::HEAD {
            // Not a stream, so it does not take the ticket from the stream that has it.
            let asked = passes.check(self.ticket.as_ref());
            return asked.map_or_else(|_| Wire::over(), |()| Wire::headers().into_response());
        }
        let Ok(pass) = passes.enter(self.ticket) else { return Wire::over() };
        let stay = self.person.and_then(|(person, watched)| state.streams.presence.enter(person, &watched));
        let until = self.caller.visitor.grant().until;
        open(pass.with(stay).until(until), self.place, self.slot)
    }
}

impl FromRequestParts<State> for Watcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let mut caller = Caller::from_request_parts(parts, state).await?;
        let query = query::pairs(&parts.uri)?;
        if let Some(permit) = same(&query, "permit")? {
            let grant = state.access.of_permit(permit).map_err(|error| Problem::from(error).at("permit"))?;
            caller.visitor = Visitor::new(state.hub.clone(), grant);
        }
        // Also for HEAD, which opens none, but takes the same work up to there.
        let place = state.gate.connect(caller.party())?;
        let ticket = same(&query, "ticket")?.map(|text| text.parse()).transpose();
        Ok(Self {
            caller,
            place,
            method: parts.method.clone(),
            last: LastEventId::of(parts, &query)?,
            ticket: ticket.map_err(|error| Problem::bad_request("ticket", error))?,
            person: None,
            // HTTP/1.0 has no chunks.
            slot: parts.extensions.get().filter(|_| parts.version == Version::HTTP_11).cloned(),
        })
    }
}

/// A parameter that may be given twice if it is the same.
fn same<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.any(|other| Some(other) != value) {
        return Err(Problem::bad_request(name, format!("the {name} is given twice, and not the same")));
    }
    Ok(value)
}

/// The last event id of a request: from the header, which wins, or from the query.
#[derive(Debug, Default)]
pub(super) struct LastEventId {
    /// The id; none where the client has had no event yet.
    pub id: Option<EventId>,
    /// The header or parameter that it came in, to name it in a refusal.
    pub field: String,
}

impl LastEventId {
    /// The id in this text, which came in `field`.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn parse(field: &str, text: Result<&str, EventIdError>) -> Result<Self, Problem> {
        let id = text.and_then(str::parse).map_err(|error| Problem::bad_request(field, error))?;
        Ok(Self { id: Some(id), field: field.to_owned() })
    }

    /// Each must be an id or empty, also where another one wins.
    fn of(parts: &Parts, query: &[(String, String)]) -> Result<Self, Problem> {
        let mut last = Self::default();
        for (name, value) in query {
            if value.is_empty() || !LAST_EVENT_ID_PARAMETERS.contains(&name.as_str()) {
                continue;
            }
            let next = Self::parse(name, Ok(value))?;
            if last.id.is_some() && last.id != next.id {
                return Err(Problem::bad_request(name, "the last event id is given twice, and not the same"));
            }
            last = next;
        }
        match header::once(&parts.headers, LAST_EVENT_ID)?.filter(|header| !header.is_empty()) {
            Some(header) => Self::parse(LAST_EVENT_ID, header.to_str().map_err(|_| EventIdError::NotAscii)),
            None => Ok(last),
        }
    }
}
