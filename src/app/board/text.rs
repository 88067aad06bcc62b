//! The board's texts, in both languages. They are loaded with it.

use super::super::language;
use crate::model::preferences::Language;

/// The texts of one language.
pub(super) struct Texts {
    pub title: &'static str,

    pub subscribers: &'static str,
    pub published: &'static str,
    pub delivered: &'static str,
    pub fan_out: &'static str,
    pub commit: &'static str,
    pub memory: &'static str,
    pub cpu: &'static str,
    /// Whose figures they are, where there are several.
    pub nodes: fn(count: usize) -> String,

    pub choose: &'static str,
    pub source: &'static str,
    pub source_hint: &'static str,
    pub field: &'static str,
    pub field_hint: &'static str,
    pub draw: &'static str,
    pub example: &'static str,
    pub wrong_source: &'static str,
    pub empty: fn(source: &str, field: &str) -> String,

    pub table: &'static str,
    pub time: &'static str,
}

static CHINESE: Texts = Texts {
    title: "看板",
    subscribers: "打开的流",
    published: "每秒发布",
    delivered: "每秒投递",
    fan_out: "扇出耗时",
    commit: "提交耗时",
    memory: "内存",
    cpu: "处理器（一个核为 100 %）",
    nodes: |count| format!("{count} 个节点的合计"),
    choose: "画出其他数据",
    source: "频道",
    source_hint: "例如 prices",
    field: "字段",
    field_hint: "例如 price 或 data.total",
    draw: "画图",
    example: "示例：行情流",
    wrong_source: "请填写一个频道的名称。",
    empty: |source, field| format!("{source} 还没有字段 {field} 为数字的消息。"),
    table: "表格",
    time: "时间",
};

static ENGLISH: Texts = Texts {
    title: "Board",
    subscribers: "Open streams",
    published: "Published a second",
    delivered: "Delivered a second",
    fan_out: "Fan-out",
    commit: "Commit",
    memory: "Memory",
    cpu: "CPU (100 % is one core)",
    nodes: |count| format!("figures of {count} nodes together"),
    choose: "Chart other data",
    source: "Channel",
    source_hint: "as in prices",
    field: "Field",
    field_hint: "as in price or data.total",
    draw: "Chart it",
    example: "Example: the ticker",
    wrong_source: "Give the name of one channel.",
    empty: |source, field| format!("No message of {source} has a number in {field} yet."),
    table: "Table",
    time: "Time",
};

/// The texts in the language that is chosen now. Call it inside a reactive closure.
pub(super) fn texts() -> &'static Texts {
    match language() {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}
