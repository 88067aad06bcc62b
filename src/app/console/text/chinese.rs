//! The console's texts in Chinese.

use super::{Texts, grouped};

pub(super) static TEXTS: Texts = Texts {
    close: "关闭",

    shortcuts: "键盘快捷键",
    shortcuts_on: "启用单键快捷键",
    shortcuts_list: [("↑ ↓ PgUp PgDn Home End", "滚动消息"), ("Enter", "展开一条消息"), ("Esc", "关闭")],

    event_type: "类型",
    channel: "频道",
    published: "发布",
    arrived: "到达",
    arrived_with_page: "随页面载入",
    latency: "延迟",
    latency_hint: "按服务器和本机两个时钟计算",
    latency_long: "消息可能是补发的，也可能两边时钟不一致",
    latency_negative: "服务器和本机的时钟不一致",
    size: "大小",
    bytes: |count| format!("{} 字节", grouped(count)),
    content: "内容",

    views: "查看方式",
    picture: "图片",
    text: "文本",
    hex: "十六进制",
    raw: "原始帧",
    wrap: "自动换行",
    more: |count, left| format!("再显示 {} 项，还有 {} 项", grouped(count), grouped(left)),
    more_bytes: |count, left| format!("再显示 {} 字节，还有 {} 字节", grouped(count), grouped(left)),
    show_all: |characters| format!("显示全部 {} 个字符", grouped(characters)),
    rounded: |number| format!("JavaScript 会读成 {number}"),
    repeated: "名称重复，多数程序只取最后一个",
    picture_of: |media_type| format!("消息中的图片，{media_type}"),
    picture_broken: "浏览器无法显示这张图片，可能已损坏。可以改看十六进制。",
    no_frame: "浏览器自带的 EventSource 只交出类型、数据和 ID，不提供原始帧。",
    no_frame_with_page: "这条消息随页面载入，没有经过事件流，所以没有原始帧。",

    copy_data: "复制数据",
    copy_id: "复制 ID",
    copy_raw: "复制原始帧",
    copy_curl: "复制为 curl",
    copied: "已复制",
    copy_by_hand: "浏览器不允许此页面复制。下面的内容已选中，请按 Ctrl+C（⌘C）。",
    download: "下载",

    export: "导出",
    export_kept: |count, time| format!("截至 {time} 保留的全部 {} 条消息", grouped(count)),
    export_shown: |count, time| format!("截至 {time} 筛选出的 {} 条消息", grouped(count)),
    export_jsonl: "下载 JSONL",
    export_jsonl_about: "给程序用。每行一个 JSON 对象，内容分毫不差。",
    export_csv: "下载 CSV",
    export_csv_about: "给电子表格用（UTF-8，带 BOM）。会被当作公式的单元格前面会加一个撇号。",
    export_preparing: |percent| format!("正在准备，{percent}%"),
    export_done: |name, bytes| format!("已交给浏览器下载：{name}，{} 字节", grouped(bytes)),
    export_failed: "未能生成文件：浏览器内存不足。",
};
