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

    pub rate: &'static str,
    pub per_second: &'static str,
    pub peak: fn(peak: &str) -> String,
    pub received: &'static str,
    pub kept: &'static str,
    pub dropped: &'static str,
    pub doubled: &'static str,
    pub text_kept: &'static str,
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

    rate: "最近一分钟",
    per_second: "条/秒",
    peak: |peak| format!("最高 {peak}"),
    received: "已收到",
    kept: "保留",
    dropped: "已丢弃的旧消息",
    doubled: "重复的",
    text_kept: "占用",
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

    rate: "The last minute",
    per_second: "a second",
    peak: |peak| format!("peak {peak}"),
    received: "Received",
    kept: "Kept",
    dropped: "Oldest dropped",
    doubled: "Repeats",
    text_kept: "Text kept",
};
