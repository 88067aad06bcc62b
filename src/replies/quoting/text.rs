//! What the engine says, in English and in Chinese.

use crate::{
    hub::{frame::rfc3339, log::words::QueryError},
    model::message::Message,
};

/// The longest part of a message that is quoted, in characters.
const LONGEST_QUOTE: usize = 280;

/// The language of an answer: that of its prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Chinese,
}

/// A message, and where it is: its channel, its id, when it was published.
pub(super) fn quote(message: &Message) -> String {
    let line = message.data.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_long = line.chars().count() > LONGEST_QUOTE;
    let shown: String = line.chars().take(LONGEST_QUOTE).chain(is_long.then_some('…')).collect();
    let time = rfc3339(message.id.milliseconds());
    format!("> {shown}\n— {} · {} · {time}\n\n", message.channel, message.id)
}

impl Language {
    /// Chinese if there is a Han character in it.
    pub(super) fn of(prompt: &str) -> Self {
        let is_han = |character| {
            matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
                | '\u{20000}'..='\u{3ffff}')
        };
        if prompt.contains(is_han) { Self::Chinese } else { Self::English }
    }

    pub(super) fn help(self) -> String {
        match self {
            Self::English => {
                "I am the built-in answerer. I quote the messages that are in this hub; I do not think, and no model is \
                 set up that would.\n\n\
                 Ask something, and I look for messages with your words. Or:\n\
                 /search WORDS — the newest messages that have all of the words; \"words in quotes\" stand in a row\n\
                 /summary CHANNEL — what is in a channel: how much, of which types, from when, and what is new\n\
                 /help — this\n\n\
                 For a model's answers, set replies.base_url.\n"
            }
            Self::Chinese => {
                "我是内置的应答器。我只引用本站已有的消息,不会思考;现在也没有配置模型。\n\n\
                 你可以直接提问,我会查找含有你所用词语的消息。也可以输入:\n\
                 /search 词语 — 查找含有全部词语的最新消息;“词语”加英文双引号表示连在一起\n\
                 /summary 频道 — 某个频道里有什么:数量、类型、时间范围和最新消息\n\
                 /help — 显示这段说明\n\n\
                 想要模型来回答,请设置 replies.base_url。\n"
            }
        }
        .to_owned()
    }

    pub(super) fn unknown(self, name: &str) -> String {
        match self {
            Self::English => format!("I do not know {name}.\n\n"),
            Self::Chinese => format!("我不认识 {name}。\n\n"),
        }
    }

    pub(super) fn found(self, words: &str) -> String {
        match self {
            Self::English => format!("I quote and do not think. The newest messages with “{words}”:\n\n"),
            Self::Chinese => format!("我只引用,不思考。含有“{words}”的最新消息:\n\n"),
        }
    }

    pub(super) fn found_some(self, words: &str) -> String {
        match self {
            Self::English => {
                format!(
                    "I quote and do not think. No message has all of “{words}”; these have a part of it:\n\n"
                )
            }
            Self::Chinese => format!("我只引用,不思考。没有消息含有全部的“{words}”;这些含有其中一部分:\n\n"),
        }
    }

    pub(super) fn nothing(self, words: &str) -> String {
        match self {
            Self::English => {
                format!("I quote and do not think, and no message has “{words}”. /help says what I can do.\n")
            }
            Self::Chinese => {
                format!("我只引用,不思考;没有消息含有“{words}”。输入 /help 看看我能做什么。\n")
            }
        }
    }

    pub(super) fn no_words(self) -> String {
        match self {
            Self::English => {
                "There is no word in this that I could look for. /help says what I can do.\n".to_owned()
            }
            Self::Chinese => "这里没有可以查找的词语。输入 /help 看看我能做什么。\n".to_owned(),
        }
    }

    pub(super) fn no_search(self, error: &QueryError) -> String {
        match (self, error) {
            (Self::English, error) => format!("This cannot be looked for: {error}. As in: /search hello\n"),
            (Self::Chinese, QueryError::NoWords) => "请给出要查找的词语,例如:/search 你好\n".to_owned(),
            (Self::Chinese, QueryError::TooLong) => "要查找的内容太长了。\n".to_owned(),
        }
    }

    pub(super) fn no_channel(self, given: &str, names: &[String]) -> String {
        let names = names.join(", ");
        match (self, names.is_empty()) {
            (Self::English, true) => "There is no channel yet that I could quote.\n".to_owned(),
            (Self::Chinese, true) => "还没有可以引用的频道。\n".to_owned(),
            (Self::English, false) => {
                format!("There is no channel “{given}” that I could quote. There are: {names}\n")
            }
            (Self::Chinese, false) => format!("没有可以引用的频道“{given}”。现有频道:{names}\n"),
        }
    }

    /// How much a channel has.
    pub(super) fn counts(self, channel: &str, messages: u64, bytes: u64) -> String {
        match self {
            Self::English => format!("{channel} keeps {messages} messages with {bytes} bytes of data.\n"),
            Self::Chinese => format!("{channel} 保存着 {messages} 条消息,共 {bytes} 字节。\n"),
        }
    }

    /// From when to when its messages are.
    pub(super) fn span(self, oldest: &str, newest: &str) -> String {
        match self {
            Self::English => format!("The oldest is of {oldest}, the newest of {newest}.\n"),
            Self::Chinese => format!("最早的一条在 {oldest},最新的一条在 {newest}。\n"),
        }
    }

    /// Of which types they are, the most frequent first; `of` says among how many, where these are not all.
    pub(super) fn types(self, types: &[(String, u64)], of: Option<u64>) -> String {
        let listed: Vec<_> = types.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let listed = listed.join(", ");
        match (self, of) {
            (Self::English, None) => format!("Types: {listed}\n\n"),
            (Self::English, Some(of)) => format!("Types among the newest {of}: {listed}\n\n"),
            (Self::Chinese, None) => format!("类型:{listed}\n\n"),
            (Self::Chinese, Some(of)) => format!("最新 {of} 条中的类型:{listed}\n\n"),
        }
    }

    pub(super) fn newest(self) -> String {
        match self {
            Self::English => "The newest:\n\n".to_owned(),
            Self::Chinese => "最新消息:\n\n".to_owned(),
        }
    }
}
