//! The command that would publish a message again.

use super::super::json_string;
use crate::model::query;

/// The longest data that a command is offered for: Linux takes no argument over 128 KiB, and the quotes need some.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// The `curl` command for a POSIX shell. `event` is empty for a mere message.
pub(super) fn command(url: &str, event: &str, data: &str) -> String {
    // A terminal may take control characters for keys, and an argument cannot hold NUL: JSON says them in letters.
    let is_plain = data.chars().all(|character| character == '\n' || !character.is_control());
    let mut url = url.to_owned();
    let mut body = String::new();
    let media_type = if is_plain {
        if !event.is_empty() {
            url.push_str("?event=");
            query::encode(event, &mut url);
        }
        body.push_str(data);
        "text/plain"
    } else {
        body.push('{');
        if !event.is_empty() {
            body.push_str("\"event\":");
            json_string::push(&mut body, event);
            body.push(',');
        }
        body.push_str("\"data\":");
        json_string::push(&mut body, data);
        body.push('}');
        "application/json"
    };
    // Not `--data`: that takes what follows an @ for a file.
    ["curl -H 'Content-Type: ", media_type, "' --data-raw ", &quoted(&body), " ", &quoted(&url)].concat()
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    ["'", &text.replace('\'', r"'\''"), "'"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://[::1]/api/channels/news/messages";

    #[test]
    fn text_stands_there_as_it_is() {
        assert_eq!(
            command(URL, "", "it's\n@$HOME"),
            format!("curl -H 'Content-Type: text/plain' --data-raw 'it'\\''s\n@$HOME' '{URL}'")
        );
        assert_eq!(
            command(URL, "a b&'", "x"),
            format!("curl -H 'Content-Type: text/plain' --data-raw 'x' '{URL}?event=a%20b%26%27'")
        );
    }

    #[test]
    fn what_a_terminal_would_act_on_is_said_in_json() {
        assert_eq!(
            command(URL, "paid", "a\u{0}\tb\r"),
            format!(
                "curl -H 'Content-Type: application/json' --data-raw \
                 '{{\"event\":\"paid\",\"data\":\"a\\u0000\\tb\\r\"}}' '{URL}'"
            )
        );
        assert!(command(URL, "", "\u{1b}[2J").contains(r#"'{"data":"\u001b[2J"}'"#));
    }
}
