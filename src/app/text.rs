//! Every text of the page, in both languages. A text that is missing in one does not compile.

use crate::{
    client::machine::Reason,
    model::preferences::{Language, Theme},
};

/// The texts of one language.
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct Texts {
    pub title: &'static str,
    pub tagline: &'static str,
    pub skip_to_messages: &'static str,

    pub connection: &'static str,
    pub connect: &'static str,
    pub retry_now: &'static str,
    pub disconnect: &'static str,

    pub idle: &'static str,
    pub idle_detail: &'static str,
    pub connecting: &'static str,
    pub connecting_detail: &'static str,
    pub open: &'static str,
    pub open_detail: &'static str,
    pub waiting: &'static str,
    pub waiting_detail: fn(attempt: u32, seconds: u64, reason: &str) -> String,
    pub closed: &'static str,
    pub closed_detail: &'static str,
    pub ended: &'static str,
    pub ended_detail: &'static str,
    pub failed: &'static str,
    pub reason: fn(Reason) -> String,

    pub messages: &'static str,
    pub clear: &'static str,
    pub undo: &'static str,
    pub cleared: fn(count: usize) -> String,
    pub dropped: fn(count: u64) -> String,
    pub empty: &'static str,
    pub empty_waiting: &'static str,
    pub received: fn(count: u64, latest: &str) -> String,

    pub terminal: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,

    pub language: &'static str,
    pub theme: &'static str,
    pub theme_name: fn(Theme) -> &'static str,

    pub needs: &'static str,
    pub needs_detail: &'static str,

    pub not_found: &'static str,
    pub not_found_detail: &'static str,
    pub not_found_back: &'static str,
}

impl Texts {
    /// The texts of this language.
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        }
    }
}

static CHINESE: Texts = Texts {
    title: "Tidings · 实时消息",
    tagline: "实时消息",
    skip_to_messages: "跳到通信结果",

    connection: "连接",
    connect: "建立连接",
    retry_now: "立即重连",
    disconnect: "断开连接",

    idle: "未连接",
    idle_detail: "建立连接后，服务器发来的消息会逐条显示在下方。",
    connecting: "正在连接",
    connecting_detail: "正在等待服务器应答…",
    open: "已连接",
    open_detail: "服务器一有新消息，下方立即显示。",
    waiting: "等待重连",
    waiting_detail: |attempt, seconds, reason| format!("{seconds} 秒后第 {attempt} 次重连。{reason}"),
    closed: "已断开",
    closed_detail: "你断开了连接。再次建立连接会重新开始。",
    ended: "已结束",
    ended_detail: "服务器已发完全部消息，不会再自动重连。",
    failed: "连接失败",
    reason: |reason| match reason {
        Reason::Network => "连接中断，或服务器没有应答。".to_owned(),
        Reason::Refused(status @ (401 | 403)) => format!("服务器不允许访问这个消息流（{status}）。"),
        Reason::Refused(404) => "服务器上没有这个消息流（404）。".to_owned(),
        Reason::Refused(429) => "请求过于频繁，服务器要求稍后再试（429）。".to_owned(),
        Reason::Refused(status @ 500..) => format!("服务器暂时无法提供服务（{status}）。"),
        Reason::Refused(status) => format!("服务器拒绝了这个请求（{status}）。"),
        Reason::NotAStream => "服务器返回的不是消息流，地址可能有误，或中间的代理改写了应答。".to_owned(),
        Reason::Unsupported => "这个浏览器不支持 EventSource，或禁止了它。".to_owned(),
    },

    messages: "通信结果",
    clear: "清空",
    undo: "撤销",
    cleared: |count| format!("已清空 {count} 条消息"),
    dropped: |count| format!("较早的 {count} 条已不再保留"),
    empty: "还没有消息",
    empty_waiting: "等待第一条消息…",
    received: |count, latest| format!("收到 {count} 条新消息。最新一条：{latest}"),

    terminal: "在终端里查看同一个消息流",
    copy: "复制",
    copied: "已复制",

    language: "语言",
    theme: "主题",
    theme_name: |theme| match theme {
        Theme::System => "跟随系统",
        Theme::Light => "浅色",
        Theme::Dark => "深色",
    },

    needs: "此页面需要 JavaScript 和 WebAssembly 才能显示实时消息。",
    needs_detail: "它们未能加载或已被禁用。请启用后重新载入页面；也可以在终端里用下方的命令查看。",

    not_found: "没有这个页面",
    not_found_detail: "地址可能有误，或页面已经移走。",
    not_found_back: "回到首页",
};

static ENGLISH: Texts = Texts {
    title: "Tidings · live messages",
    tagline: "Live messages",
    skip_to_messages: "Skip to the messages",

    connection: "Connection",
    connect: "Connect",
    retry_now: "Retry now",
    disconnect: "Disconnect",

    idle: "Not connected",
    idle_detail: "Connect, and the server’s messages appear below as they arrive.",
    connecting: "Connecting",
    connecting_detail: "Waiting for the server to answer…",
    open: "Connected",
    open_detail: "New messages appear below the moment they are sent.",
    waiting: "Waiting to reconnect",
    waiting_detail: |attempt, seconds, reason| format!("Attempt {attempt} in {seconds} s. {reason}"),
    closed: "Disconnected",
    closed_detail: "You closed the connection. Connecting again starts anew.",
    ended: "Ended",
    ended_detail: "The server has sent its last message. There is nothing to reconnect to.",
    failed: "Connection failed",
    reason: |reason| match reason {
        Reason::Network => "The connection broke, or the server did not answer.".to_owned(),
        Reason::Refused(status @ (401 | 403)) => {
            format!("The server does not let you watch this stream ({status}).")
        }
        Reason::Refused(404) => "The server has no such stream (404).".to_owned(),
        Reason::Refused(429) => "Too many requests; the server asks to wait (429).".to_owned(),
        Reason::Refused(status @ 500..) => format!("The server is out of order for the moment ({status})."),
        Reason::Refused(status) => format!("The server refused the request ({status})."),
        Reason::NotAStream => {
            "The answer was not an event stream: a wrong address, or a proxy in between that rewrites it."
                .to_owned()
        }
        Reason::Unsupported => "This browser has no EventSource, or does not allow it.".to_owned(),
    },

    messages: "Messages",
    clear: "Clear",
    undo: "Undo",
    cleared: |count| {
        if count == 1 { "1 message cleared".to_owned() } else { format!("{count} messages cleared") }
    },
    dropped: |count| format!("{count} older not kept"),
    empty: "No messages yet",
    empty_waiting: "Waiting for the first message…",
    received: |count, latest| {
        let messages = if count == 1 { "message" } else { "messages" };
        format!("{count} new {messages}. Latest: {latest}")
    },

    terminal: "The same stream in a terminal",
    copy: "Copy",
    copied: "Copied",

    language: "Language",
    theme: "Theme",
    theme_name: |theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    },

    needs: "This page needs JavaScript and WebAssembly to show live messages.",
    needs_detail: "They could not be loaded or are switched off. Allow them and load the page again, or watch from a \
                   terminal with the command below.",

    not_found: "No such page",
    not_found_detail: "The address may be mistyped, or the page has moved.",
    not_found_back: "To the front page",
};
