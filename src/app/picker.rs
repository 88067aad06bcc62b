//! The bar where a person chooses what the page is about. Links and plain forms: each choice has its own address.

use super::{Choice, texts, words};
use crate::model::{
    selection::Selection,
    source::{BuiltIn, Source, SourceError, is_separator, typed, typed_channels, typed_url},
};
use leptos::{ev, prelude::*};

/// What the fields say about themselves.
const PROBLEM_ID: &str = "picker-problem";
const SUGGESTIONS_ID: &str = "picker-channels";

/// The bar.
#[component]
pub(super) fn Picker(choice: Choice, channels: Vec<String>) -> impl IntoView {
    let error = RwSignal::new(choice.source.as_ref().err().cloned());
    let interval = match &choice.source {
        Ok(Source::BuiltIn(BuiltIn::Clock(interval))) => {
            Some(interval.map_or_else(|| "1".to_owned(), |interval| interval.seconds().to_string()))
        }
        _ => None,
    };
    let is_channels =
        matches!(choice.source, Ok(Source::Channels(_) | Source::Directory) | Err(SourceError::Channels(_)));
    let is_elsewhere = matches!(choice.source, Ok(Source::Endpoint(_)) | Err(SourceError::Endpoint(_)));
    let (typed, url) = (typed_channels(&choice.query), typed_url(&choice.query));
    view! {
        <div class="picker">
            <nav class="switch" aria-label=words(|texts| texts.picker)>
                {BuiltIn::ALL
                    .map(|stream| {
                        let is_chosen = matches!(&choice.source, Ok(Source::BuiltIn(chosen)) if chosen.name() == stream.name());
                        view! { <Tab href=Source::from(stream).page() name=move || (texts().stream_name)(stream) is_chosen/> }
                    })
                    .collect_view()}
                <Tab href=Source::Directory.page() name=words(|texts| texts.channels) is_chosen=is_channels/>
                <Tab href=Source::Endpoint(None).page() name=words(|texts| texts.elsewhere) is_chosen=is_elsewhere/>
            </nav>
            {interval.map(|interval| view! { <IntervalForm interval/> })}
            {is_channels.then(|| view! { <ChannelsForm typed channels error/> })}
            {is_elsewhere.then(|| view! { <EndpointForm url/> })}
            <p class="picker-problem" id=PROBLEM_ID role="alert">
                {move || error.with(|error| error.as_ref().map(|error| (texts().source_error)(error)))}
            </p>
        </div>
    }
}

#[component]
fn Tab(
    href: String,
    name: impl Fn() -> &'static str + Send + Sync + 'static,
    is_chosen: bool,
) -> impl IntoView {
    view! {
        <a href=href aria-current=is_chosen.then_some("page")>
            {name}
        </a>
    }
}

#[component]
fn IntervalForm(interval: String) -> impl IntoView {
    view! {
        <form class="picker-form" action="/">
            <input type="hidden" name="stream" value="clock"/>
            <label for="interval">{words(|texts| texts.interval)}</label>
            <input class="field" id="interval" name="interval" type="number" min="1" max="60" required value=interval/>
            <button class="button quiet">{words(|texts| texts.apply)}</button>
        </form>
    }
}

#[component]
fn ChannelsForm(typed: String, channels: Vec<String>, error: RwSignal<Option<SourceError>>) -> impl IntoView {
    // What stands before the name that is being typed: a suggestion takes the place of all.
    let before = RwSignal::new(String::new());
    let note = move |event: ev::Event| {
        let text = event_target_value(&event);
        let kept = text.trim_end_matches(|character| !is_separator(character));
        before.maybe_update(|before| std::mem::replace(before, kept.to_owned()) != kept);
        error.set(None);
    };
    let field = NodeRef::<leptos::html::Input>::new();
    let check = move |event: ev::SubmitEvent| {
        let Some(field) = field.get_untracked() else { return };
        if let Err(found) = Selection::parse(self::typed(&field.value())) {
            event.prevent_default();
            error.set(Some(found.into()));
            let _ = field.focus();
        }
    };
    view! {
        <form class="picker-form grow" action="/" on:submit=check novalidate>
            <label class="unseen" for="channels">{words(|texts| texts.channels)}</label>
            <input class="field grow" id="channels" name="channel" type="text" required autocomplete="off"
                autocapitalize="none" spellcheck="false" list=SUGGESTIONS_ID value=typed
                placeholder=words(|texts| texts.channels_hint) aria-describedby=PROBLEM_ID
                aria-invalid=move || error.with(Option::is_some).to_string() node_ref=field on:input=note/>
            <datalist id=SUGGESTIONS_ID>
                {channels
                    .into_iter()
                    .map(|name| view! { <option value=move || before.with(|before| format!("{before}{name}"))></option> })
                    .collect_view()}
            </datalist>
            <button class="button primary">{words(|texts| texts.watch)}</button>
        </form>
    }
}

/// What is no address the server says: a page that is sent anyway need not carry the check.
#[component]
fn EndpointForm(url: String) -> impl IntoView {
    view! {
        <form class="picker-form grow" action="/">
            <label class="unseen" for="url">{words(|texts| texts.endpoint)}</label>
            <input class="field grow" id="url" name="url" type="text" required autocomplete="off" spellcheck="false"
                value=url placeholder="https://example.com/events" aria-describedby=PROBLEM_ID/>
            <button class="button primary">{words(|texts| texts.watch)}</button>
        </form>
    }
}
