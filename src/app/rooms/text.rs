//! The texts of the rooms, in both languages. They are loaded with them.

use super::super::language;
use crate::{client::machine::Status, model::preferences::Language};

/// The texts of one language.
pub(super) struct Texts {
    pub title: &'static str,
    pub rooms: &'static str,
    pub choose: &'static str,
    pub choose_detail: &'static str,
    pub room_name: &'static str,
    pub room_hint: &'static str,
    pub room_rule: &'static str,
    pub enter: &'static str,
    pub unread: fn(usize) -> String,
    pub all_rooms: &'static str,

    pub messages: &'static str,
    pub earlier: &'static str,
    pub later: &'static str,
    pub beginning: &'static str,
    pub empty: &'static str,
    pub new: &'static str,
    pub newest: &'static str,
    pub newer: fn(usize) -> String,
    pub guest: &'static str,
    pub anyone: &'static str,
    pub picture_of: fn(name: &str) -> String,

    pub status: fn(&Status) -> &'static str,
    pub here: fn(usize) -> String,
    pub you: &'static str,
    pub nobody: &'static str,
    pub types: fn(&[String]) -> String,

    pub name: &'static str,
    pub name_hint: &'static str,
    pub name_detail: &'static str,
    pub rename: &'static str,
    pub save: &'static str,

    pub say: fn(room: &str) -> String,
    pub say_hint: &'static str,
    pub keys: &'static str,
    pub send: &'static str,
    pub picture: &'static str,
    pub picture_ready: &'static str,
    pub picture_remove: &'static str,
    pub picture_large: fn(kib: usize, most: usize) -> String,
    pub picture_other: &'static str,

    pub sending: &'static str,
    pub waiting: &'static str,
    pub failed: fn(&str) -> String,
    pub too_old: &'static str,
    pub not_sent: &'static str,
    pub again: &'static str,
    pub discard: &'static str,

    pub search: &'static str,
    pub found: fn(words: &str, count: &str) -> String,
    pub found_none: fn(words: &str) -> String,
    pub search_failed: fn(&str) -> String,
    pub close: &'static str,
    pub load_failed: &'static str,
    pub said: fn(name: &str, text: &str, count: usize) -> String,
}

static CHINESE: Texts = Texts {
    title: "房间",
    rooms: "房间",
    choose: "选择一个房间",
    choose_detail: "房间就是名为 chat.房间名 的频道：在这里说的话，curl 也能看到；用 curl 发布的消息，这里也会出现。",
    room_name: "房间名",
    room_hint: "例如 lobby",
    room_rule: "1 到 64 个字母、数字、_ 或 -",
    enter: "进入",
    unread: |count| format!("{} 条未读", many(count)),
    all_rooms: "全部房间",
    messages: "消息",
    earlier: "更早的消息",
    later: "更新的消息",
    beginning: "这里是房间的开头",
    empty: "还没有人说话。",
    new: "新消息",
    newest: "回到最新",
    newer: |count| format!("{} 条新消息", many(count)),
    guest: "访客",
    anyone: "未署名",
    picture_of: |name| format!("{name} 发的图片"),
    status: |status| match status {
        Status::Open { .. } => "实时",
        Status::Connecting => "连接中…",
        Status::Waiting { .. } => "连接断开，正在重连…",
        Status::Failed { .. } => "无法连接",
        Status::Idle | Status::Closed | Status::Ended => "未连接",
    },
    here: |count| format!("{count} 人在线"),
    you: "你",
    nobody: "没有人在线",
    types: |names| match names {
        [] => String::new(),
        [one] => format!("{one} 正在输入…"),
        [one, other] => format!("{one} 和 {other} 正在输入…"),
        [one, rest @ ..] => format!("{one} 等 {} 人正在输入…", rest.len() + 1),
    },
    name: "你的名字",
    name_hint: "例如 小李",
    name_detail: "说话之前，先告诉大家怎么称呼你。只需一次，所有房间通用。",
    rename: "改名",
    save: "保存",
    say: |room| format!("在 {room} 里说"),
    say_hint: "说点什么",
    keys: "Enter 发送，Shift+Enter 换行，可粘贴或拖入图片",
    send: "发送",
    picture: "图片",
    picture_ready: "将与消息一起发送的图片",
    picture_remove: "移除图片",
    picture_large: |kib, most| format!("这张图片有 {kib} KiB，最多可发送 {most} KiB。"),
    picture_other: "只能发送 PNG、JPEG、GIF、WebP 或 AVIF 图片。",
    sending: "发送中…",
    waiting: "连接恢复后自动发送",
    failed: |reason| format!("未发送：{reason}"),
    too_old: "写于很久以前，是否仍要发送？",
    not_sent: "有消息未能发送",
    again: "重试",
    discard: "丢弃",
    search: "搜索本房间",
    found: |words, count| format!("“{words}”：{count} 条结果"),
    found_none: |words| format!("没有找到含有“{words}”的消息"),
    search_failed: |reason| format!("搜索失败：{reason}"),
    close: "关闭",
    load_failed: "加载失败，请重试。",
    said: |name, text, count| match count {
        0 | 1 => format!("{name}：{text}"),
        _ => format!("{count} 条新消息。{name}：{text}"),
    },
};

static ENGLISH: Texts = Texts {
    title: "Rooms",
    rooms: "Rooms",
    choose: "Choose a room",
    choose_detail: "A room is the channel chat.NAME: curl sees what is said here, and what curl publishes appears here.",
    room_name: "Name of a room",
    room_hint: "as in lobby",
    room_rule: "1 to 64 letters, digits, _ or -",
    enter: "Enter",
    unread: |count| format!("{} unread", many(count)),
    all_rooms: "All rooms",
    messages: "Messages",
    earlier: "Earlier messages",
    later: "Later messages",
    beginning: "The room begins here",
    empty: "Nobody has said anything yet.",
    new: "New",
    newest: "To the newest",
    newer: |count| format!("{} new", many(count)),
    guest: "Guest",
    anyone: "Unsigned",
    picture_of: |name| format!("Picture from {name}"),
    status: |status| match status {
        Status::Open { .. } => "Live",
        Status::Connecting => "Connecting…",
        Status::Waiting { .. } => "Connection lost, trying again…",
        Status::Failed { .. } => "Cannot connect",
        Status::Idle | Status::Closed | Status::Ended => "Not connected",
    },
    here: |count| format!("{count} here"),
    you: "you",
    nobody: "Nobody is here",
    types: |names| match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        [one, other] => format!("{one} and {other} are typing…"),
        [one, rest @ ..] => format!("{one} and {} others are typing…", rest.len()),
    },
    name: "Your name",
    name_hint: "as in Ann",
    name_detail: "Before you say something, say what you are called. Once, for all rooms.",
    rename: "Change name",
    save: "Save",
    say: |room| format!("Say in {room}"),
    say_hint: "Say something",
    keys: "Enter sends, Shift+Enter is a new line; paste or drop a picture",
    send: "Send",
    picture: "Picture",
    picture_ready: "The picture that goes with the message",
    picture_remove: "Remove the picture",
    picture_large: |kib, most| format!("This picture has {kib} KiB; up to {most} KiB can be sent."),
    picture_other: "Pictures are PNG, JPEG, GIF, WebP or AVIF.",
    sending: "Sending…",
    waiting: "Will be sent when the connection is back",
    failed: |reason| format!("Not sent: {reason}"),
    too_old: "written a long time ago. Send it now?",
    not_sent: "A message was not sent",
    again: "Try again",
    discard: "Discard",
    search: "Search this room",
    found: |words, count| format!("{count} found for “{words}”"),
    found_none: |words| format!("No message has “{words}”"),
    search_failed: |reason| format!("The search failed: {reason}"),
    close: "Close",
    load_failed: "Could not be loaded. Try again.",
    said: |name, text, count| match count {
        0 | 1 => format!("{name}: {text}"),
        _ => format!("{count} new messages. {name}: {text}"),
    },
};

/// The most that are counted one by one.
pub(super) const MANY: usize = 99;

/// A count that fits on a badge.
pub(super) fn many(count: usize) -> String {
    if count > MANY { format!("{MANY}+") } else { count.to_string() }
}

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match language() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

/// A text in the language that is chosen, for a view or an attribute; all of one type.
pub(super) fn words(
    pick: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync {
    move || pick(texts())
}
