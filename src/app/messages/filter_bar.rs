//! Where a person says what they want to see.

use super::{
    super::{line, texts, words},
    Layout,
    filter::{Filter, Kind},
    list::List,
    rows::Rows,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsValue;

/// What the field says about itself.
const PROBLEM_ID: &str = "filter-problem";

/// The most types or channels to choose from: those that most events have. The others can be written into the address.
const CHIPS: usize = 24;

/// The bar's parts.
#[component]
pub(super) fn FilterBar(rows: Rows) -> impl IntoView {
    let Rows { list, problem, .. } = rows;
    let (filter, has_channels) = (list.filter, list.layout == Layout::Channels);
    let field = NodeRef::<html::Input>::new();
    follow_address(list);
    Effect::new(move |is_started: Option<()>| {
        let fragment = filter.with(Filter::to_fragment);
        // An address that is about something else stays what it is, until a person filters.
        if is_started.is_some() {
            write_address(&fragment);
        }
    });
    // Also when it is not the person who writes.
    Effect::new(move || {
        if let Some(field) = field.get()
            && filter.with(|filter| filter.text != field.value())
        {
            field.set_value(&filter.with(|filter| filter.text.clone()));
        }
    });
    let is_pattern = line(move || filter.with(|filter| filter.is_pattern).to_string());
    let problem_text = move || problem.get().map(|problem| (texts().pattern_problem)(&problem));
    view! {
        <span class="filter-field">
            <input class="field" type="search" autocomplete="off" autocapitalize="none" spellcheck="false"
                aria-label=words(|texts| texts.filter) placeholder=words(|texts| texts.filter_hint)
                aria-invalid=line(move || problem.with(Option::is_some).to_string()) aria-describedby=PROBLEM_ID
                aria-keyshortcuts="/" node_ref=field on:input=move |event: ev::Event| {
                    filter.update(|filter| filter.text = event_target_value(&event));
                }/>
            <button class="filter-pattern" r#type="button" aria-pressed=is_pattern
                aria-label=words(|texts| texts.pattern) title=words(|texts| texts.pattern)
                on:click=move |_| filter.update(|filter| filter.is_pattern = !filter.is_pattern)>
                ".*"
            </button>
        </span>
        <Chips list kind=Kind::Name/>
        {has_channels.then(|| view! { <Chips list kind=Kind::Channel/> })}
        <p class="filter-problem" id=PROBLEM_ID role="alert">
            {problem_text}
        </p>
    }
}

/// The types or the channels that there are, each with how many events have it. With one there is nothing to choose.
#[component]
fn Chips(list: List, kind: Kind) -> impl IntoView {
    let names = move || {
        list.events.track();
        let mut names = most_frequent(list, kind);
        list.filter.with(|filter| {
            for name in filter.chosen(kind) {
                let place = names.partition_point(|there| there < name);
                if names.get(place) != Some(name) {
                    names.insert(place, name.clone());
                }
            }
        });
        if names.len() < 2 && list.filter.with(|filter| filter.chosen(kind).is_empty()) {
            Vec::new()
        } else {
            names
        }
    };
    let label = words(match kind {
        Kind::Name => |texts| texts.filter_names,
        Kind::Channel => |texts| texts.channels,
    });
    view! {
        <span class="filter-chips" role="group" aria-label=label>
            <For each=names key=String::clone let:name>
                <Chip list kind name/>
            </For>
        </span>
    }
}

#[component]
fn Chip(list: List, kind: Kind, name: String) -> impl IntoView {
    let (shown, chosen, counted) = (name.clone(), name.clone(), name.clone());
    let is_chosen =
        line(move || list.filter.with(|filter| filter.chosen(kind).contains(&chosen)).to_string());
    let count = line(move || {
        list.events.track();
        (texts().number)(tally(list, kind, |tally| tally.get(&counted)) as u64)
    });
    view! {
        <button class="filter-chip" r#type="button" aria-pressed=is_chosen
            on:click=move |_| list.filter.update(|filter| filter.toggle(kind, &name))>
            <span class="filter-name">{shown}</span>
            <span class="filter-count">{count}</span>
        </button>
    }
}

/// In the order of the names.
fn most_frequent(list: List, kind: Kind) -> Vec<String> {
    tally(list, kind, |tally| {
        let mut most: Vec<(&str, usize)> = Vec::new();
        for entry in tally.iter() {
            most.push(entry);
            // With so few there is no need to sort all.
            let least = most.iter().enumerate().min_by_key(|(_, (_, count))| *count);
            if let Some((least, _)) = least.filter(|_| most.len() > CHIPS) {
                most.remove(least);
            }
        }
        most.into_iter().map(|(name, _)| name.to_owned()).collect()
    })
}

fn tally<R>(list: List, kind: Kind, look: impl FnOnce(&crate::client::feed::Tally) -> R) -> R {
    list.events.with(|feed| match kind {
        Kind::Name => look(feed.names()),
        Kind::Channel => look(feed.channels()),
    })
}

/// Takes the filter from the page's address, now and whenever that changes.
fn follow_address(list: List) {
    let read =
        || Filter::from_fragment(window().location().hash().unwrap_or_default().trim_start_matches('#'));
    if let Some(filter) = read() {
        list.filter.set(filter);
    }
    let listener = window_event_listener(ev::hashchange, move |_| {
        if let Some(filter) = read() {
            list.filter.maybe_update(|known| std::mem::replace(known, filter.clone()) != filter);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Writes the filter into the page's address, in place of the one there: going back leaves the page.
fn write_address(fragment: &str) {
    let location = window().location();
    let page = || Some(location.pathname().ok()? + &location.search().ok()?);
    let address = if fragment.is_empty() { page() } else { Some(format!("#{fragment}")) };
    if let Ok(history) = window().history() {
        // Refused where it changes too often. The next change is written again.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", address.as_deref());
    }
}
