//! A chart: one or two lines over time, with axes, and a crosshair that reads values out.

use super::{
    scale::Scale,
    series::{Series, Span},
    unit::Unit,
};
use leptos::{ev, html, prelude::*};
use std::fmt::Write;

/// The size of the drawing; it is stretched to the room there is.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// What a chart is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// Its name.
    pub title: String,
    /// What its values are.
    pub unit: Unit,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its name, where there is more than one.
    pub name: String,
    /// Which values of the series.
    pub value: usize,
}

/// The chart. All charts of a board share the crosshair's time.
#[component]
pub(super) fn Chart(
    /// What it is about, in the language that is chosen now.
    subject: impl Fn() -> Subject + Clone + Send + Sync + 'static,
    series: RwSignal<Series>,
    /// The time that is read out on all charts; none for the newest.
    cross: RwSignal<Option<u64>>,
) -> impl IntoView {
    let Subject { unit, lines, .. } = untrack(&subject);
    let title = move || subject().title;
    let values: Vec<usize> = lines.iter().map(|line| line.value).collect();
    let plot = NodeRef::<html::Div>::new();
    let scale = {
        let values = values.clone();
        Memo::new(move |_| {
            let highest =
                series.with(|series| values.iter().map(|value| series.highest(*value)).fold(0.0, f64::max));
            Scale::of(highest, unit.is_binary())
        })
    };
    let paths = values.iter().enumerate().map(|(number, value)| {
        let value = *value;
        let class = if number == 0 { "line first" } else { "line" };
        view! { <path class=class d=move || series.with(|series| path(series, value, scale.get()))></path> }
    });
    let paths: Vec<_> = paths.collect();
    let readout = {
        let lines = lines.clone();
        move || {
            let at = cross.get();
            series.with(|series| {
                let moment = at.and_then(|time| series.nearest(time)).or_else(|| series.last());
                let Some(moment) = moment else { return String::new() };
                let mut text = String::new();
                for line in &lines {
                    let value =
                        moment.value(line.value).map_or_else(|| "–".to_owned(), |value| unit.text(value));
                    let between = if text.is_empty() { "" } else { " · " };
                    let gap = if line.name.is_empty() { "" } else { " " };
                    // Writing to a string does not fail.
                    let _ = write!(text, "{between}{}{gap}{value}", line.name);
                }
                text
            })
        }
    };
    let time = move || {
        let at = cross.get();
        series.with(|series| at.and_then(|time| series.nearest(time)).map(|moment| clock_time(moment.time)))
    };
    let point = move |event: ev::PointerEvent| {
        let Some(plot) = plot.get_untracked() else { return };
        let area = plot.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - area.left()) / area.width().max(1.0);
        cross.set(series.with_untracked(|series| series.span().map(|span| span.at(part))));
    };
    let cross_place = move || {
        let part = series.with(|series| {
            let (time, span) = cross.get().and_then(|time| series.nearest(time)).zip(series.span())?;
            Some(span.part(time.time))
        });
        part.map(|part| format!("{:.2}%", part * 100.0))
    };
    let cross_height = move || if cross_place().is_some() { "100%" } else { "0" };
    let marks = move || {
        let scale = scale.get();
        let mark = |value: f64| {
            // Places stand in attributes of the drawing: the page's policy lets no element have styles of its own.
            let y = format!("{:.2}%", (1.0 - scale.place(value)) * 100.0);
            view! { <text x="100%" dx="-8" y=y dy="0.35em">{unit.text(value)}</text> }
        };
        scale.marks().map(mark).collect::<Vec<_>>()
    };
    let times = move || {
        series.with(|series| {
            series.span().map(|Span { start, end }| {
                [start, (start + end) / 2, end].map(|time| view! { <span>{clock_time(time)}</span> })
            })
        })
    };
    view! {
        <section class="panel chart">
            <header class="chart-head">
                <h2>{title}</h2>
                <span class="chart-time">{time}</span>
                <output class="chart-value">{readout}</output>
            </header>
            <div class="chart-body" aria-hidden="true">
                <svg class="chart-marks">{marks}</svg>
                <div class="chart-plot" node_ref=plot on:pointermove=point on:pointerleave=move |_| cross.set(None)>
                    <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">{paths}</svg>
                    <svg><line class="cross" x1=cross_place x2=cross_place y2=cross_height></line></svg>
                </div>
                <div class="chart-times">{times}</div>
            </div>
        </section>
    }
}

/// The hour, the minute and the second. The server knows Greenwich's alone; the browser the person's.
pub(super) fn clock_time(time: u64) -> String {
    #[cfg(feature = "ssr")]
    return crate::hub::frame::rfc3339(time).get(11..19).unwrap_or_default().to_owned();
    #[cfg(not(feature = "ssr"))]
    return crate::client::clock::time_of_day(time).get(.."00:00:00".len()).unwrap_or_default().to_owned();
}

/// A line as the data of an SVG path. Where there is no value it is broken.
fn path(series: &Series, value: usize, scale: Scale) -> String {
    let mut path = String::new();
    let Some(span) = series.span() else { return path };
    let mut is_drawn = false;
    for moment in series.moments() {
        let Some(figure) = moment.value(value) else {
            is_drawn = false;
            continue;
        };
        let command = if is_drawn { 'L' } else { 'M' };
        let (x, y) = (span.part(moment.time) * WIDTH, (1.0 - scale.place(figure)) * HEIGHT);
        let _ = write!(path, "{command}{x:.1} {y:.1}");
        if !is_drawn {
            // A value between two that are not there is a dot.
            path.push_str("h.1");
        }
        is_drawn = true;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{super::series::Moment, *};

    #[test]
    fn a_line_is_broken_where_there_is_no_value() {
        let mut series = Series::new(100_000);
        for (time, value) in [(0, Some(1.0)), (50_000, None), (100_000, Some(2.0))] {
            series.push(Moment { time, values: vec![value] });
        }
        let scale = Scale { step: 1.0, top: 2.0 };
        assert_eq!(path(&series, 0, scale), "M0.0 60.0h.1M600.0 0.0h.1");
    }
}
