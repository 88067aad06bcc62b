//! The board: the hub's own figures over the last ten minutes, and any number that messages have. The server renders it
//! as it is then; the code with which it goes on is loaded later.

mod chart;
mod figures;
mod live;
mod scale;
mod series;
mod text;
mod unit;
mod view;

pub use figures::{Nodes, moment};
pub use series::Moment;

use super::late_page::{Late, take_over};
use crate::{
    client::late::late,
    model::board::{Charted, NotChartable},
};
use leptos::prelude::*;
use live::Live;
use web_sys::Element;

/// The board's path.
pub const PATH: &str = "/board";

/// What the server knew when it rendered the board.
#[derive(Clone, Debug)]
pub struct Content {
    /// What is charted beside the hub's own figures.
    pub charted: Result<Option<Charted>, NotChartable>,
    /// The hub's own figures, the oldest first.
    pub figures: Vec<Moment>,
    /// Whose figures they are.
    pub nodes: Nodes,
    /// What is charted, likewise, each with one value.
    pub values: Vec<Moment>,
    /// The id of the newest event there was, of any channel: what comes is after it.
    pub tail: String,
}

late! { board:
    /// Shows what comes.
    fn start(place: Element, owner: Owner) {
        if let Some(content) = live::rendered() {
            take_over(&place, &owner, || view! { <Live content/> });
        }
    }
}

/// The page.
pub(super) static LATE: Late =
    Late { name: "board", markup, start: |place, owner| Box::pin(start(place, owner)) };

/// The board as the server renders it. The browser leaves it as it is until it puts its own in its place.
#[cfg(feature = "ssr")]
fn markup() -> String {
    use_context::<Content>().map(|content| view! { <Live content/> }.to_html()).unwrap_or_default()
}

/// What it hydrates stays.
#[cfg(not(feature = "ssr"))]
fn markup() -> String {
    String::new()
}
