//! The replies' texts, in both languages. They are loaded with the page.

use super::{super::language, conversation::Activity};
use crate::model::{preferences::Language, problem::Problem};

/// The texts of one language.
pub(super) struct Texts {
    pub title: &'static str,
    pub threads: &'static str,
    pub new_thread: &'static str,
    pub no_threads: &'static str,
    pub unnamed: &'static str,
    pub welcome: &'static str,
    pub welcome_detail: &'static str,

    pub exchanges: &'static str,
    pub question: fn(title: &str) -> String,
    pub earlier: &'static str,
    pub later: &'static str,
    pub newest: &'static str,
    pub reload: &'static str,

    pub activity: fn(&Activity) -> String,
    pub stopped: &'static str,
    pub length: &'static str,
    pub empty: &'static str,
    pub gap: &'static str,
    pub failed: fn(kind: &str) -> &'static str,
    pub again_in: fn(seconds: u64) -> String,

    pub stop: &'static str,
    pub stopping: &'static str,
    pub again: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub copy_by_hand: &'static str,

    pub prompt: &'static str,
    pub prompt_hint: &'static str,
    pub ask: &'static str,
    pub ask_again: &'static str,
    pub keys: &'static str,
    pub asking: &'static str,
    pub busy: &'static str,
    pub refused: fn(&Problem) -> String,

    pub started: &'static str,
    pub finished: &'static str,
    pub broken: &'static str,
    pub connecting: &'static str,
    pub lost: &'static str,
    pub given_up: &'static str,
}

static CHINESE: Texts = Texts {
    title: "问答",
    threads: "对话",
    new_thread: "新对话",
    no_threads: "还没有对话。",
    unnamed: "（开头已不再保留）",
    welcome: "想问什么？",
    welcome_detail: "回答一边生成一边显示。刷新页面、换一台设备或断线重连，都会从断开的地方接着显示。",

    exchanges: "问与答",
    question: |title| format!("问：{title}"),
    earlier: "更早的问答",
    later: "回到最新的问答",
    newest: "到最新处",
    reload: "回答还没写完。刷新看看",

    activity: |activity| match activity {
        Activity::Waiting => "等待回答…".to_owned(),
        Activity::Thinking => "正在思考…".to_owned(),
        Activity::Searching(words) => format!("正在搜索“{words}”…"),
        Activity::Tool(name) => format!("正在使用工具 {name}…"),
        Activity::Writing => "正在回答…".to_owned(),
    },
    stopped: "已停止。",
    length: "回答达到了长度上限。",
    empty: "回答是空的。",
    gap: "有一部分文字已不再保留。",
    failed: |kind| match kind {
        "unreachable" => "无法连接到模型的服务器。",
        "silence" => "模型的服务器太久没有回应。",
        "time-limit" => "回答超过了时间上限。",
        "cut" => "回答中途断了。",
        "rate-limited" => "模型的服务器请求太多，暂不受理。",
        "unauthorized" => "模型的服务器不接受密钥。",
        "refused" => "模型的服务器拒绝了请求。",
        "unavailable" => "模型的服务器暂时不可用。",
        "upstream" => "模型的服务器报告了错误。",
        "filtered" => "内容过滤器中止了回答。",
        "strange" => "模型的服务器发来了看不懂的内容。",
        "log" => "本服务器的消息日志无法读写。",
        "interrupted" => "服务器重启，回答中断了。",
        _ => "回答失败了。",
    },
    again_in: |seconds| format!("{seconds} 秒后可以重试。"),

    stop: "停止",
    stopping: "正在停止…",
    again: "重试",
    copy: "复制",
    copied: "已复制",
    copy_by_hand: "浏览器不允许自动复制，请手动复制：",

    prompt: "问题",
    prompt_hint: "输入问题",
    ask: "提问",
    ask_again: "再次发送",
    keys: "Enter 提问，Shift+Enter 换行",
    asking: "正在发送…",
    busy: "回答结束或停止后才能再问。",
    refused: |problem| match problem.status {
        0 => "没有收到服务器的应答。问题还在，可以再次发送，不会重复提问。".to_owned(),
        409 => "这个对话还有一个回答没有结束。".to_owned(),
        413 => "问题太长了。".to_owned(),
        429 => "同时进行的回答太多，请稍后再试。".to_owned(),
        503 => "服务器暂时无法受理，请稍后再试。".to_owned(),
        507 => "服务器的磁盘已满。".to_owned(),
        _ => format!("没有发送成功：{}", problem.detail),
    },

    started: "开始回答",
    finished: "回答完毕",
    broken: "回答失败",
    connecting: "正在连接…",
    lost: "连接断了，正在重连…",
    given_up: "连接不上，请刷新页面。",
};

static ENGLISH: Texts = Texts {
    title: "Replies",
    threads: "Threads",
    new_thread: "New thread",
    no_threads: "No threads yet.",
    unnamed: "(its beginning is not kept)",
    welcome: "What would you like to know?",
    welcome_detail: "The answer shows while it is written. Reload, open it on another device or lose the connection: it goes on where it was.",

    exchanges: "Questions and answers",
    question: |title| format!("Question: {title}"),
    earlier: "Earlier exchanges",
    later: "Back to the newest exchanges",
    newest: "To the newest",
    reload: "The answer is not finished. Reload to see more",

    activity: |activity| match activity {
        Activity::Waiting => "Waiting for the answer…".to_owned(),
        Activity::Thinking => "Thinking…".to_owned(),
        Activity::Searching(words) => format!("Searching for “{words}”…"),
        Activity::Tool(name) => format!("Using the tool {name}…"),
        Activity::Writing => "Answering…".to_owned(),
    },
    stopped: "Stopped.",
    length: "The answer is as long as it may be.",
    empty: "The answer is empty.",
    gap: "A part of the text is not kept any more.",
    failed: |kind| match kind {
        "unreachable" => "The model's server cannot be reached.",
        "silence" => "The model's server said nothing for too long.",
        "time-limit" => "The answer took too long.",
        "cut" => "The answer broke off.",
        "rate-limited" => "The model's server takes no more requests for now.",
        "unauthorized" => "The model's server does not accept the key.",
        "refused" => "The model's server refused the request.",
        "unavailable" => "The model's server is not available.",
        "upstream" => "The model's server reported an error.",
        "filtered" => "A content filter ended the answer.",
        "strange" => "The model's server sent something that is no answer.",
        "log" => "This server's log could not be read or written.",
        "interrupted" => "The server restarted, and the answer was interrupted.",
        _ => "The answer failed.",
    },
    again_in: |seconds| format!("Try again in {seconds} s."),

    stop: "Stop",
    stopping: "Stopping…",
    again: "Try again",
    copy: "Copy",
    copied: "Copied",
    copy_by_hand: "The browser does not let the page copy. Copy it from here:",

    prompt: "Question",
    prompt_hint: "Ask something",
    ask: "Ask",
    ask_again: "Send again",
    keys: "Enter to ask, Shift+Enter for a new line",
    asking: "Sending…",
    busy: "The next question can be asked when this answer is over or stopped.",
    refused: |problem| match problem.status {
        0 => "The server did not answer. The question is still here: send it again, it is asked once."
            .to_owned(),
        409 => "This thread has an answer that is not over.".to_owned(),
        413 => "The question is too long.".to_owned(),
        429 => "Too many answers are being written. Try again in a moment.".to_owned(),
        503 => "The server takes no questions at the moment. Try again later.".to_owned(),
        507 => "The server's disk is full.".to_owned(),
        _ => format!("Not asked: {}", problem.detail),
    },

    started: "Answering",
    finished: "The answer is complete",
    broken: "The answer failed",
    connecting: "Connecting…",
    lost: "The connection is lost. Reconnecting…",
    given_up: "No connection. Please reload the page.",
};

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match language() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

/// A text in the language that is chosen, for a view or an attribute; of one type, as those of the whole page are.
pub(super) fn words(
    pick: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync {
    move || pick(texts())
}
