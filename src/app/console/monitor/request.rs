//! How the stream is asked for: over what, and for a stream of elsewhere, with which method, headers and body.

use super::super::text::texts;
use crate::{
    app::remembered::{self, TRANSPORTS},
    client::{
        stream::EventStream,
        transport::{StreamRequest, Transport},
    },
};
use leptos::{ev, html, prelude::*};

/// Over what the stream comes. The choice holds for all streams, and is remembered.
#[component]
pub(super) fn TransportSwitch(stream: EventStream) -> impl IntoView {
    let chosen = RwSignal::new(remembered::transport());
    remembered::on_transport(move |transport| chosen.set(transport));
    let choose = move |transport| {
        chosen.set(transport);
        remembered::set_transport(transport);
        stream.set_transport(transport);
    };
    view! {
        <div class="switch" role="group" aria-label=move || texts().transport>
            {TRANSPORTS
                .map(|(transport, _)| {
                    view! {
                        <button r#type="button" aria-pressed=move || (chosen.get() == transport).to_string()
                            on:click=move |_| choose(transport)>
                            {move || match transport {
                                Transport::Auto => texts().auto,
                                Transport::EventSource => "EventSource",
                                Transport::Fetch => "fetch",
                            }}
                        </button>
                    }
                })
                .into_iter()
                .collect::<Vec<_>>()}
        </div>
    }
}

/// The method, the headers and the body.
#[component]
pub(super) fn RequestForm(stream: EventStream) -> impl IntoView {
    let wrong = RwSignal::new(None::<usize>);
    let (headers, body) = (NodeRef::<html::Textarea>::new(), NodeRef::<html::Textarea>::new());
    let (method, credentials) = (NodeRef::<html::Select>::new(), NodeRef::<html::Input>::new());
    let apply = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let read = || Some((headers.get()?, body.get()?, method.get()?, credentials.get()?));
        let Some((headers, body, method, credentials)) = untrack(read) else { return };
        match lines(&headers.value()) {
            Ok(fields) => {
                wrong.set(None);
                let method = method.value();
                stream.set_request(StreamRequest {
                    body: (method == "POST").then(|| body.value()),
                    method,
                    headers: fields,
                    with_credentials: credentials.checked(),
                });
                stream.connect();
            }
            Err(line) => {
                wrong.set(Some(line));
                let _ = headers.focus();
            }
        }
    };
    view! {
        <form class="request" aria-label=move || texts().request on:submit=apply>
            <label>
                {move || texts().method}
                <select class="field" node_ref=method>
                    <option>"GET"</option>
                    <option>"POST"</option>
                </select>
            </label>
            <label class="request-wide">
                {move || texts().headers}
                <textarea class="field" rows="2" spellcheck="false" autocomplete="off" placeholder="Authorization: Bearer …"
                    aria-invalid=move || wrong.get().is_some().to_string() aria-describedby="request-problem"
                    node_ref=headers on:input=move |_| wrong.set(None)></textarea>
            </label>
            <label class="request-wide">
                {move || texts().body}
                <textarea class="field" rows="2" spellcheck="false" node_ref=body></textarea>
            </label>
            <label class="request-check">
                <input r#type="checkbox" node_ref=credentials/>
                {move || texts().credentials}
            </label>
            <p class="request-problem" id="request-problem" role="alert">
                {move || wrong.get().map(texts().wrong_header)}
            </p>
            <button class="button">{move || texts().apply}</button>
        </form>
    }
}

/// The headers in lines of `Name: value`.
///
/// # Errors
/// The number of the first line, from one, that is none.
fn lines(text: &str) -> Result<Vec<(String, String)>, usize> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let (name, value) = line.split_once(':').ok_or(number + 1)?;
            let (name, value) = (name.trim(), value.trim());
            // What is no byte, no header can carry.
            let is_value = value.chars().all(|character| ('\u{20}'..='\u{ff}').contains(&character));
            if is_name(name) && is_value { Ok((name.to_owned(), value.to_owned())) } else { Err(number + 1) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_stand_in_lines() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(lines(""), Ok(vec![]));
        assert_eq!(
            lines("Authorization:  Bearer a:b \r\n\n X-Empty :\n"),
            Ok(vec![pair("Authorization", "Bearer a:b"), pair("X-Empty", "")])
        );
    }

    #[test]
    fn the_line_that_is_no_header_is_named() {
        for (text, line) in [("x", 1), ("A: 1\n\nb c: 2", 3), (": 1", 1), ("Ä: 1", 1), ("A: 中", 1)] {
            assert_eq!(lines(text), Err(line), "{text}");
        }
    }
}
