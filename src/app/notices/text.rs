//! The notices' texts, in both languages. They are loaded with them.

use super::{super::language, notice::Level, system::Permission};
use crate::model::preferences::Language;

/// The texts of one language.
pub(super) struct Texts {
    pub notices: &'static str,
    pub level: fn(Level) -> &'static str,
    pub new: &'static str,
    pub open: &'static str,
    pub open_host: fn(host: &str) -> String,
    pub dismiss: fn(title: &str) -> String,
    pub clear: &'static str,
    pub close: &'static str,
    pub empty: &'static str,
    pub empty_about: &'static str,
    pub system: &'static str,
    pub system_about: fn(Permission) -> &'static str,
}

static CHINESE: Texts = Texts {
    notices: "通知",
    level: |level| match level {
        Level::Info => "信息",
        Level::Success => "成功",
        Level::Warning => "警告",
        Level::Error => "错误",
    },
    new: "新",
    open: "打开",
    open_host: |host| format!("打开 {host}"),
    dismiss: |title| format!("关闭通知：{title}"),
    clear: "全部清除",
    close: "关闭",
    empty: "没有通知",
    empty_about: "正在查看的频道里名为 notification 的事件会出现在这里。",
    system: "系统通知",
    system_about: |permission| match permission {
        Permission::Unsupported => "此浏览器不支持系统通知。",
        Permission::Insecure => "系统通知只能在 HTTPS 或 localhost 上使用。",
        Permission::Ask => "在看不到此页面时提醒。浏览器会先征求许可。",
        Permission::Granted => "在看不到此页面时提醒。",
        Permission::Denied => "浏览器已阻止。请在地址栏的网站设置中允许通知。",
    },
};

static ENGLISH: Texts = Texts {
    notices: "Notifications",
    level: |level| match level {
        Level::Info => "Information",
        Level::Success => "Success",
        Level::Warning => "Warning",
        Level::Error => "Error",
    },
    new: "New",
    open: "Open",
    open_host: |host| format!("Open {host}"),
    dismiss: |title| format!("Dismiss: {title}"),
    clear: "Clear all",
    close: "Close",
    empty: "No notifications",
    empty_about: "Events named notification on the channels that you watch appear here.",
    system: "System notifications",
    system_about: |permission| match permission {
        Permission::Unsupported => "This browser has no system notifications.",
        Permission::Insecure => "System notifications need HTTPS or localhost.",
        Permission::Ask => "While this page is out of view. The browser will ask you first.",
        Permission::Granted => "While this page is out of view.",
        Permission::Denied => {
            "Blocked by the browser. Allow notifications in the site settings, at the address bar."
        }
    },
};

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match language() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}
