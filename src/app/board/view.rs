//! The board's charts, the form that chooses another, and the same as a table.

use super::{
    PATH,
    chart::{Chart, Line, Subject, clock_time},
    figures::{Nodes, subjects},
    series::Series,
    text::texts,
    unit::Unit,
};
use crate::model::board::{Charted, NotChartable};
use leptos::prelude::*;

/// How far apart the rows of the table are, in moments: a minute.
const ROWS_EVERY: usize = 60;

/// All of it.
#[component]
pub(super) fn View(
    charted: Result<Option<Charted>, NotChartable>,
    figures: RwSignal<Series>,
    nodes: RwSignal<Nodes>,
    values: RwSignal<Series>,
) -> impl IntoView {
    // One crosshair for all charts: what happened at the same time is read at the same place.
    let cross = RwSignal::new(None);
    let is_wrong = charted.is_err();
    let charted = charted.ok().flatten();
    let (source, field) =
        charted.as_ref().map(|charted| (charted.name(), charted.field.clone())).unwrap_or_default();
    let (name, path) = (source.clone(), field.clone());
    let own = charted.map(|_| {
        let (shown, missing) = (format!("{name} {path}"), (name, path));
        let subject =
            Subject { title: shown, unit: Unit::Count, lines: vec![Line { name: String::new(), value: 0 }] };
        view! {
            <Chart subject=move || subject.clone() series=values cross/>
            <p class="panel chart-empty" hidden=move || values.with(|values| values.last().is_some())>
                {move || (texts().empty)(&missing.0, &missing.1)}
            </p>
        }
    });
    let charts = (0..subjects().len())
        .map(|number| {
            let subject = move || subjects().into_iter().nth(number).unwrap_or_default();
            view! { <Chart subject series=figures cross/> }
        })
        .collect::<Vec<_>>();
    view! {
        <h1 class="unseen">{move || texts().title}</h1>
        <form class="panel chart-choice" action=PATH>
            <h2>{move || texts().choose}</h2>
            <input class="field" name="channel" required autocapitalize="none" spellcheck="false" autocomplete="off"
                value=source aria-label=move || texts().source placeholder=move || texts().source_hint/>
            <input class="field" name="field" required autocapitalize="none" spellcheck="false" autocomplete="off"
                value=field aria-label=move || texts().field placeholder=move || texts().field_hint/>
            <button class="button primary">{move || texts().draw}</button>
            <a href="/board?stream=ticker&field=random">{move || texts().example}</a>
            <p class="chart-wrong" role="alert" hidden=!is_wrong>{move || texts().wrong_source}</p>
        </form>
        {own}
        <p class="chart-nodes" hidden=move || nodes.with(Nodes::is_one)>
            <b>{move || nodes.with(|nodes| nodes.own.clone())}</b>
            <span hidden=move || nodes.with(|nodes| nodes.count < 2)>
                {move || nodes.with(|nodes| (texts().nodes)(nodes.count))}
            </span>
        </p>
        <div class="charts">{charts}</div>
        <Table figures/>
    }
}

/// The figures as a table, a row for each minute and for now, the newest first.
#[component]
fn Table(figures: RwSignal<Series>) -> impl IntoView {
    let heads = move || {
        let column = |title: String| view! { <th scope="col">{title}</th> };
        subjects()
            .into_iter()
            .flat_map(|subject| {
                let title = subject.title;
                subject
                    .lines
                    .into_iter()
                    .map(move |line| format!("{title} {}", line.name).trim_end().to_owned())
            })
            .map(column)
            .collect::<Vec<_>>()
    };
    let rows = move || {
        let columns: Vec<_> = subjects()
            .into_iter()
            .flat_map(|subject| subject.lines.into_iter().map(move |line| (subject.unit, line.value)))
            .collect();
        figures.with(|figures| {
            figures
                .moments()
                .rev()
                .step_by(ROWS_EVERY)
                .map(|moment| {
                    let text = |(unit, value): &(Unit, usize)| {
                        moment.value(*value).map_or_else(|| "–".to_owned(), |value| unit.text(value))
                    };
                    let cells =
                        columns.iter().map(|column| view! { <td>{text(column)}</td> }).collect::<Vec<_>>();
                    view! {
                        <tr>
                            <th scope="row">{clock_time(moment.time)}</th>
                            {cells}
                        </tr>
                    }
                })
                .collect::<Vec<_>>()
        })
    };
    view! {
        <details class="panel chart-table">
            <summary>{move || texts().table}</summary>
            <div class="table-frame" tabindex="0" role="region" aria-label=move || texts().table>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{move || texts().time}</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}
