//! What an event of the stream says: a chunk of a chat completion, the end, or an error.

use crate::{
    access::secret::Secret,
    replies::{
        engine::{End, Failure, Piece},
        event::Activity,
    },
};
use serde::Deserialize;
use serde_json::Value;

/// The data of the event after which nothing comes. It is no JSON.
const DONE: &str = "[DONE]";

/// The longest that is passed on of what the other server says, in characters.
const LONGEST_MESSAGE: usize = 300;

#[derive(Debug, Deserialize)]
struct Chunk {
    /// Empty in chunks that are about the whole: the usage, a filter's verdict.
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u64,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

/// Any of it may be missing, null or empty: the first chunk often has the role alone.
#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
    /// What it says instead of an answer.
    refusal: Option<String>,
    /// The thoughts of a model that shows them, as several servers name them. They are no part of the answer.
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Debug, Deserialize)]
struct ToolCall {
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    /// Only the first chunk of a call has it.
    name: Option<String>,
}

/// What an event's data says, in order, but never the key. After an end or a failure nothing counts.
pub(super) fn pieces(data: &str, key: &Secret) -> Vec<Result<Piece, Failure>> {
    if data.trim() == DONE {
        return vec![Ok(Piece::End(End::Finished))];
    }
    let chunk: Chunk = match serde_json::from_str(data) {
        Ok(chunk) => chunk,
        Err(error) => {
            tracing::warn!(%error, "an event of the model's server is no chunk of a chat completion");
            return vec![Err(Failure::Strange("an event of it is no chunk of a chat completion"))];
        }
    };
    if let Some(error) = &chunk.error {
        return vec![Err(Failure::Upstream { message: message(error, key) })];
    }
    let mut pieces = Vec::new();
    // One answer was asked for; were there more, they would not be mixed.
    for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
        pieces.extend(choice.delta.into_iter().flat_map(Delta::pieces).map(Ok));
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            Some("length") => pieces.push(Ok(Piece::End(End::Length))),
            Some("content_filter") => pieces.push(Err(Failure::Filtered)),
            Some(_) => pieces.push(Ok(Piece::End(End::Finished))),
        }
    }
    pieces
}

impl Delta {
    fn pieces(self) -> Vec<Piece> {
        let thinks =
            [self.reasoning_content, self.reasoning].into_iter().flatten().any(|text| !text.is_empty());
        let calls = self.tool_calls.unwrap_or_default().into_iter();
        let names = calls.filter_map(|call| call.function?.name).filter(|name| !name.is_empty());
        let texts = [self.content, self.refusal].into_iter().flatten().filter(|text| !text.is_empty());
        let thinking = thinks.then_some(Piece::Status(Activity::Thinking)).into_iter();
        let tools = names.map(|name| Piece::Status(Activity::Tool { name }));
        thinking.chain(tools).chain(texts.map(Piece::Text)).collect()
    }
}

/// What an error says to a person, cut short if it is long: its `message`, or itself if it is a text. The key is left out.
pub(super) fn message(error: &Value, key: &Secret) -> String {
    let text = error.as_str().or_else(|| error.get("message")?.as_str()).unwrap_or_default();
    let text = key.removed_from(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST_MESSAGE {
        return line;
    }
    line.chars().take(LONGEST_MESSAGE).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn a_chunk_is_its_pieces() {
        let tool = Activity::Tool { name: "clock".into() };
        for (data, expected) in [
            (r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#, vec![]),
            (r#"{"choices":[{"delta":{"role":"assistant"},"finish_reason":null}]}"#, vec![]),
            (r#"{"choices":[{"index":0,"delta":{"content":null}}]}"#, vec![]),
            (r#"{"choices":[],"usage":{"total_tokens":3}}"#, vec![]),
            (r#"{"id":"x"}"#, vec![]),
            (r#"{"choices":[{"index":0,"delta":{"content":"你好 \n"}}]}"#, vec![text("你好 \n")]),
            (r#"{"choices":[{"index":1,"delta":{"content":"other"}}]}"#, vec![]),
            (
                r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#,
                vec![Piece::Status(Activity::Thinking)],
            ),
            (
                r#"{"choices":[{"delta":{"reasoning":"hm","content":"so"}}]}"#,
                vec![Piece::Status(Activity::Thinking), text("so")],
            ),
            (
                r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"clock","arguments":""}}]}}]}"#,
                vec![Piece::Status(tool)],
            ),
            (r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{"}}]}}]}"#, vec![]),
            (r#"{"choices":[{"delta":{"refusal":"no"}}]}"#, vec![text("no")]),
            (r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, vec![Piece::End(End::Finished)]),
            (
                r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}"#,
                vec![text("x"), Piece::End(End::Length)],
            ),
            ("[DONE]", vec![Piece::End(End::Finished)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(Ok).collect();
            assert_eq!(pieces(data, &Secret::default()), expected, "{data}");
        }
    }

    #[test]
    fn an_error_is_said_as_what_it_is() {
        let upstream = |message: &str| vec![Err(Failure::Upstream { message: message.to_owned() })];
        for (data, expected) in [
            (r#"{"error":{"message":"out of\nmemory","code":500}}"#, upstream("out of memory")),
            (r#"{"error":"overloaded","choices":[]}"#, upstream("overloaded")),
            (r#"{"error":{"code":1}}"#, upstream("")),
            (
                r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"content_filter"}]}"#,
                vec![Ok(text("x")), Err(Failure::Filtered)],
            ),
        ] {
            assert_eq!(pieces(data, &Secret::default()), expected, "{data}");
        }
        for data in ["", "hello", "[1]", r#"{"choices":[{"delta":{"content":[1]}}]}"#] {
            assert!(
                matches!(pieces(data, &Secret::default()).as_slice(), [Err(Failure::Strange(_))]),
                "{data}"
            );
        }
        let key = Secret::new("sk-1".into());
        assert_eq!(message(&"字".repeat(301).into(), &key), format!("{}…", "字".repeat(300)));
        assert_eq!(message(&"wrong: sk-1".into(), &key), "wrong: …");
    }
}
