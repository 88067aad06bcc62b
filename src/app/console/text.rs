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

    pub transport: &'static str,
    pub auto: &'static str,
    pub journal: &'static str,
    pub asking: fn(attempt: u32) -> String,
    pub opening: fn(attempt: u32, carrier: &str) -> String,
    pub after: fn(last_event_id: &str) -> String,
    pub opened: fn(after: &str) -> String,
    pub lost: fn(lasted: Option<&str>) -> String,
    pub waiting: fn(attempt: u32, wait: &str) -> String,
    pub elsewhere: &'static str,
    pub frozen: &'static str,
    pub thawed: &'static str,
    pub closed: &'static str,
    pub ended: &'static str,
    pub failed: &'static str,

    pub request: &'static str,
    pub method: &'static str,
    pub headers: &'static str,
    pub body: &'static str,
    pub credentials: &'static str,
    pub apply: &'static str,
    pub wrong_header: fn(line: usize) -> String,
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

    transport: "接收方式",
    auto: "自动",
    journal: "连接记录",
    asking: |attempt| format!("第 {attempt} 次：询问地址"),
    opening: |attempt, carrier| format!("第 {attempt} 次：用 {carrier} 打开"),
    after: |id| format!("（从 {id} 之后继续）"),
    opened: |after| format!("已打开，用时 {after}"),
    lost: |lasted| match lasted {
        Some(lasted) => format!("连接持续 {lasted} 后中断。"),
        None => "没有连上。".to_owned(),
    },
    waiting: |attempt, wait| format!("{wait} 后第 {attempt} 次尝试"),
    elsewhere: "连接由另一个标签页提供",
    frozen: "浏览器暂停了页面",
    thawed: "页面恢复运行",
    closed: "你断开了连接",
    ended: "服务器结束了消息流",
    failed: "放弃。",

    request: "请求",
    method: "方法",
    headers: "请求头（每行一个）",
    body: "请求体（POST）",
    credentials: "跨域时发送 Cookie",
    apply: "应用并连接",
    wrong_header: |line| format!("第 {line} 行不是“名称: 值”的形式。"),
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

    transport: "Received by",
    auto: "Auto",
    journal: "Connection log",
    asking: |attempt| format!("Attempt {attempt}: asking for the address"),
    opening: |attempt, carrier| format!("Attempt {attempt}: opening by {carrier}"),
    after: |id| format!("after {id}"),
    opened: |after| format!("Open after {after}"),
    lost: |lasted| match lasted {
        Some(lasted) => format!("Lost after {lasted}."),
        None => "Not opened.".to_owned(),
    },
    waiting: |attempt, wait| format!("Attempt {attempt} in {wait}"),
    elsewhere: "Another tab has the connection, for this one too",
    frozen: "The browser paused the page",
    thawed: "The page runs again",
    closed: "You disconnected",
    ended: "The server ended the stream",
    failed: "Given up.",

    request: "Request",
    method: "Method",
    headers: "Headers, one a line",
    body: "Body (POST)",
    credentials: "Send cookies to other sites",
    apply: "Apply and connect",
    wrong_header: |line| format!("Line {line} is not of the form Name: value."),
};
