//! What the board knows, and what comes.

use super::{
    super::{address_of, notices::Notices, published, rendered::ELEMENT},
    Content, Moment,
    figures::{self, Nodes},
    series::Series,
    view::View,
};
use crate::{
    client::{
        feed::{Event, Feed},
        json::{get, list, text},
        options::{EventStreamOptions, received},
        stream::use_event_stream,
        transport::Transport,
    },
    model::{board::Charted, selection::Selection, source::Source},
};
use js_sys::JSON;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// The channel of the hub's own figures.
const STATS: &str = "hub.stats";

/// What the server put into the document.
pub(super) fn rendered() -> Option<Content> {
    let json = document().get_element_by_id(ELEMENT)?.text_content()?;
    let page = JSON::parse(&json).ok()?;
    let samples: Vec<_> = list(&page, "samples").collect();
    let value = |moment: JsValue| {
        let [time, value] = ["time", "value"].map(|field| get(&moment, field).as_f64());
        Some(Moment { time: time? as u64, values: vec![value] })
    };
    Some(Content {
        charted: Charted::from_query(&window().location().search().unwrap_or_default()),
        figures: samples.iter().filter_map(moment).collect(),
        nodes: samples.last().map(nodes).unwrap_or_default(),
        values: list(&page, "values").filter_map(value).collect(),
        tail: text(&page, "tail")?,
    })
}

/// The board, and the streams that it is fed from.
#[component]
pub(super) fn Live(content: Content) -> impl IntoView {
    let Content { charted, figures, nodes, values, tail } = content;
    let series = |moments: Vec<Moment>| {
        let mut series = Series::new(figures::LENGTH);
        moments.into_iter().for_each(|moment| series.push(moment));
        RwSignal::new(series)
    };
    let (figures, values) = (series(figures), series(values));
    let of = charted.clone().ok().flatten();
    let nodes = RwSignal::new(nodes);
    watch(tail, of, figures, nodes, values);
    view! { <View charted figures nodes values/> }
}

/// Adds what comes.
fn watch(
    tail: String,
    charted: Option<Charted>,
    figures: RwSignal<Series>,
    shown: RwSignal<Nodes>,
    values: RwSignal<Series>,
) {
    let notices: Notices = expect_context();
    let note = move |event: &Event, charted: Option<&Charted>| {
        notices.take(event);
        if event.channel == STATS {
            let Ok(sample) = JSON::parse(&event.data) else { return };
            moment(&sample).map(|moment| figures.try_update(|figures| figures.push(moment)));
            let nodes = nodes(&sample);
            if shown.try_with_untracked(|shown| *shown != nodes) == Some(true) {
                shown.try_set(nodes);
            }
        } else if let Some(value) = charted.and_then(|charted| number(charted, &event.data)) {
            let moment = Moment { time: event.time, values: vec![Some(value)] };
            values.try_update(|values| values.push(moment));
        }
    };
    let mut channels = vec![STATS.to_owned()];
    if let Some(charted) = &charted {
        match &charted.source {
            Source::Channels(selection) => {
                channels.extend(selection.patterns().iter().map(|pattern| pattern.as_str().to_owned()));
            }
            source => {
                let (source, charted) = (source.clone(), charted.clone());
                let options = EventStreamOptions::at(move || address_of(&source));
                let options = options.transport(Transport::EventSource).read(move |event| {
                    let event = received(event);
                    note(&event, Some(&charted));
                    event
                });
                let stream = use_event_stream(options.history(bounded()));
                Effect::new(move || stream.connect());
            }
        }
    }
    let Ok(selection) = Selection::parse(channels.iter().map(String::as_str)) else { return };
    let source = Source::Channels(selection.clone());
    let options = EventStreamOptions::at(move || address_of(&source))
        .resume_after(tail)
        .share(selection, |selection| address_of(&Source::Channels(selection.clone())))
        .history(bounded())
        .read(move |event| {
            let event = published(event);
            note(&event, charted.as_ref());
            event
        });
    let stream = use_event_stream(options);
    Effect::new(move || stream.connect());
}

/// The series keep what is shown; the events themselves are not looked at again.
fn bounded() -> Feed {
    Feed::bounded(1, 1)
}

fn moment(sample: &JsValue) -> Option<Moment> {
    figures::moment(|field| get(sample, field).as_f64())
}

fn nodes(sample: &JsValue) -> Nodes {
    let count = get(sample, "nodes").as_f64().unwrap_or_default() as usize;
    Nodes { count, own: text(sample, "node").unwrap_or_default() }
}

/// The number that is charted; none where the data has none there.
fn number(charted: &Charted, data: &str) -> Option<f64> {
    let data = JSON::parse(data).ok()?;
    let number = charted.path().fold(data, |value, name| get(&value, name)).as_f64()?;
    number.is_finite().then_some(number)
}
