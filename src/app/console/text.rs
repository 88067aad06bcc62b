//! The console's texts, in both languages. They are loaded with it.

use super::super::Chosen;
use crate::model::preferences::Language;
use leptos::prelude::*;

/// The texts of one language.
pub(super) struct Texts {
    pub shortcuts: &'static str,
    pub shortcuts_on: &'static str,
    pub shortcuts_list: [(&'static str, &'static str); 3],
    pub close: &'static str,
}

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match use_context::<Chosen>().map(|chosen| chosen.language.get()).unwrap_or_default() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

static CHINESE: Texts = Texts {
    shortcuts: "键盘快捷键",
    shortcuts_on: "启用单键快捷键",
    shortcuts_list: [("↑ ↓ PgUp PgDn Home End", "滚动消息"), ("Enter", "展开一条消息"), ("Esc", "关闭")],
    close: "关闭",
};

static ENGLISH: Texts = Texts {
    shortcuts: "Keyboard shortcuts",
    shortcuts_on: "Single keys are shortcuts",
    shortcuts_list: [
        ("↑ ↓ PgUp PgDn Home End", "Scroll the messages"),
        ("Enter", "Open a message"),
        ("Esc", "Close"),
    ],
    close: "Close",
};
