//! The texts in Chinese.

use super::{Texts, number};
use crate::{
    client::machine::Reason,
    model::{
        EventName,
        channel::{Channel, ChannelError},
        endpoint::{Endpoint, EndpointError},
        preferences::Theme,
        problem::Problem,
        selection::{Selection, SelectionError},
        source::{BuiltIn, SourceError},
    },
};

pub(super) static TEXTS: Texts = Texts {
    title: "Tidings · 实时消息",
    tagline: "实时消息",
    skip_to_messages: "跳到通信结果",
    skip_to_content: "跳到内容",
    pages: "页面",
    live: "消息",
    rooms: "房间",
    replies: "问答",
    board: "看板",
    sign_in: "登录",

    picker: "消息来源",
    stream_name: |stream| match stream {
        BuiltIn::Demo => "演示",
        BuiltIn::Clock(_) => "时钟",
        BuiltIn::Ticker => "行情",
        BuiltIn::Fields => "字段",
    },
    interval: "间隔（秒）",
    apply: "应用",
    channels: "频道",
    channels_hint: "频道名，例如 news 或 chat.*",
    elsewhere: "其他",
    endpoint: "其他事件流的地址",
    endpoint_about: "任何 SSE 服务器的事件流都可以在这里打开：本机的路径（例如 /api/streams/fields），或允许跨域访问（CORS）的其他地址。请求方法、请求头和请求体在打开之后设置。",
    watch: "查看",
    source_error: |error| match error {
        SourceError::Parameter(name) => format!("地址中的参数“{name}”无法识别。请在上方选择。"),
        SourceError::Twice(name) => format!("地址中的参数“{name}”重复了。请在上方选择。"),
        SourceError::Stream(name) => format!("没有名为“{name}”的消息流。请在上方选择。"),
        SourceError::Interval => "只有时钟可以设置间隔：1 到 60 之间的整数秒。".to_owned(),
        SourceError::Both => "消息流、频道和其他地址只能选择一种。".to_owned(),
        SourceError::Endpoint(error) => match error {
            EndpointError::Scheme => "地址应以 https://、http:// 或 / 开头。".to_owned(),
            EndpointError::Host => "地址里没有主机名。".to_owned(),
            EndpointError::Credentials => "地址里不能有用户名或密码；请用 Authorization 请求头。".to_owned(),
            EndpointError::TooLong => format!("地址最长 {} 字节。", Endpoint::MAX_BYTES),
            EndpointError::Character => "地址里不能有空格或控制字符。".to_owned(),
        },
        SourceError::Channels(SelectionError::Empty) => "请输入频道名。".to_owned(),
        SourceError::Channels(SelectionError::TooMany) => {
            format!("一次最多 {} 个频道；用通配符可以包括很多。", Selection::MAX)
        }
        SourceError::Channels(SelectionError::Channel { text, error }) => match error {
            ChannelError::Empty => "请输入频道名。".to_owned(),
            ChannelError::TooLong => format!("频道名最多 {} 个字符。", Channel::MAX_BYTES),
            ChannelError::EmptySegment => format!("“{text}”：点号的前后都要有字符。"),
            ChannelError::Character(character) => {
                format!("“{text}”：不能用“{character}”，只能用英文字母、数字、_、- 和点号。")
            }
            ChannelError::Wildcard | ChannelError::MisplacedWildcard => {
                format!("“{text}”：* 代表一整段，> 代表其余部分且只能放在最后，例如 chat.* 或 orders.>。")
            }
        },
    },
    directory: "已有的频道",
    directory_empty: "还没有频道。发布第一条消息，频道就有了：",

    connection: "连接",
    connect: "建立连接",
    retry_now: "立即重连",
    disconnect: "断开连接",
    monitor: "详情",

    idle: "未连接",
    idle_detail: "建立连接后，服务器发来的消息会逐条显示在下方。",
    idle_channels: "建立连接后，新消息会接着显示在下方。",
    connecting: "正在连接",
    connecting_detail: "正在等待服务器应答…",
    open: "已连接",
    open_detail: "服务器一有新消息，下方立即显示。",
    waiting: "等待重连",
    waiting_detail: |attempt, seconds, reason| format!("{seconds} 秒后第 {attempt} 次重连。{reason}"),
    closed: "已断开",
    closed_detail: "你断开了连接。再次建立连接会重新开始。",
    closed_channels: "你断开了连接。再次建立连接会从断开处继续。",
    ended: "已结束",
    ended_detail: "服务器已发完全部消息，不会再自动重连。",
    failed: "连接失败",
    reason: |reason| match reason {
        Reason::Network => "连接中断，或服务器没有应答。".to_owned(),
        Reason::Silence => "太久没有收到任何数据，连接可能已失效。".to_owned(),
        Reason::Frozen => "浏览器让页面进入了休眠。".to_owned(),
        Reason::TooLarge(limit) => format!("有一个事件超过了页面能接收的大小（{} MiB）。", limit >> 20),
        Reason::Refused(status @ (401 | 403)) => format!("服务器不允许访问这个消息流（{status}）。"),
        Reason::Refused(404) => "服务器上没有这个消息流（404）。".to_owned(),
        Reason::Refused(429) => "请求过于频繁，服务器要求稍后再试（429）。".to_owned(),
        Reason::Refused(status @ 500..) => format!("服务器暂时无法提供服务（{status}）。"),
        Reason::Refused(status) => format!("服务器拒绝了这个请求（{status}）。"),
        Reason::NotAStream => "服务器返回的不是消息流，地址可能有误，或中间的代理改写了应答。".to_owned(),
        Reason::Unsupported => "这个浏览器不支持这种接收方式，或禁止了它。".to_owned(),
    },
    cors: "也可能是对方不允许其他网站访问（CORS）。",

    messages: "通信结果",
    number,
    count_of: |shown, all| format!("{} / {}", number(shown), number(all)),
    pause: "暂停",
    resume: "继续",
    waiting_rows: |count| format!("已暂停，{} 条等待显示", number(count)),
    new_rows: |count| format!("{} 条新消息", number(count)),
    newest: "到最新一条",
    row_details: "展开消息",
    export: "导出",
    clear: "清空",
    undo: "撤销",
    cleared: |count| format!("已清空 {count} 条消息"),
    dropped: |count| format!("较早的 {} 条已不再保留", number(count)),
    empty: "还没有消息",
    empty_waiting: "等待第一条消息…",
    empty_channel: "这里还没有消息",
    empty_cleared: "清空之后还没有新消息",
    empty_filter: "没有符合筛选条件的消息",
    empty_paused: "暂停时显示的消息已不再保留",
    show_cleared: "显示已清除",
    gap: "中间有一些消息已超过保留期限，服务器上不再有。",
    received: |count, latest| format!("收到 {count} 条新消息。最新一条：{latest}"),

    filter: "筛选消息",
    filter_hint: "筛选",
    filter_names: "类型",
    filter_clear: "清除筛选",
    pattern: "正则表达式",
    pattern_problem: |problem| format!("正则表达式有误：{problem}"),

    compose: "发布消息",
    compose_to: |channel| format!("发布到 {channel} 的消息"),
    compose_hint: "输入消息",
    compose_keys: "Enter 发送，Shift+Enter 换行",
    event_name: "事件名（可选）",
    send: "发送",
    send_again: "重新发送",
    sending: "正在发送…",
    sent: "已发送",
    not_sent: |problem| format!("未发送：{}", problem_text(problem)),
    problem: problem_text,

    terminal: "在终端里查看同一个消息流",
    terminal_publish: "在终端里发布",
    api: "接口文档",
    copy: "复制",
    copied: "已复制",

    notices: "通知",
    unread: "条未读",
    shortcuts: "键盘快捷键",
    not_loaded: "这部分功能没有加载成功。请检查网络，或刷新页面后再试。",

    language: "语言",
    theme: "主题",
    theme_name: |theme| match theme {
        Theme::System => "跟随系统",
        Theme::Light => "浅色",
        Theme::Dark => "深色",
    },

    needs: "此页面需要 JavaScript 和 WebAssembly 才能显示实时消息。",
    needs_detail: "它们未能加载或已被禁用。请启用后重新载入页面；也可以在终端里用下方的命令查看。",
    needs_live: "没有 JavaScript 和 WebAssembly，新消息不会自动出现。",
    needs_live_detail: "下方是载入页面时的最新消息，重新载入即可更新；发布消息不受影响。",

    not_found: "没有这个页面",
    not_found_detail: "地址可能有误，或页面已经移走。",
    not_found_back: "回到首页",
    refused: "没有成功",
    refused_back: "返回",
};

/// A problem's own detail is English.
fn problem_text(problem: &Problem) -> String {
    match (problem.status, problem.field.as_deref()) {
        (0, _) => "服务器没有应答。".to_owned(),
        (400, Some("event")) => format!("事件名最多 {} 字节，不能换行。", EventName::MAX_BYTES),
        (400, Some("channel")) => "频道名不正确。".to_owned(),
        (413, _) => "消息太大。".to_owned(),
        (503, _) => "服务器暂时无法保存消息，请稍后再试。".to_owned(),
        (507, _) => "服务器的磁盘已满。".to_owned(),
        (status @ 500.., _) => format!("服务器出错了（{status}）。"),
        (status, _) => format!("服务器拒绝了这个请求（{status}）。"),
    }
}
