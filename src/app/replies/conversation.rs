//! What is said in a thread: its events, one after another, make exchanges.

/// A prompt and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The reply's id.
    pub reply: String,
    /// What was asked.
    pub prompt: String,
    /// The answer, as far as it was said: Markdown.
    pub text: String,
    /// Up to where it was said, in bytes. More than the text has where pieces are missing.
    pub end: usize,
    /// What the answer is doing, or how it ended.
    pub state: State,
}

/// Whether a reply runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does this.
    Runs(Activity),
    /// It is over.
    Over(Ending),
}

/// What is to be seen of an exchange besides its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// What the answer is doing, or how it ended.
    pub state: State,
    /// Whether something was said.
    pub has_text: bool,
    /// Whether a part of that is missing.
    pub has_gap: bool,
}

/// What a reply that runs does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// Nothing that is known.
    #[default]
    Waiting,
    /// It thinks.
    Thinking,
    /// It searches for these words.
    Searching(String),
    /// It uses the tool of this name.
    Tool(String),
    /// It says something.
    Writing,
}

/// How a reply ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All was said.
    Finished,
    /// Somebody stopped it.
    Stopped,
    /// It was as long as it may be.
    Length,
    /// It failed.
    Failed(Failure),
}

/// Why a reply failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub kind: String,
    /// For a person, in English.
    pub detail: String,
    /// When another try may do better, in milliseconds since the Unix epoch, if that is known.
    pub again: Option<u64>,
}

/// What an event says of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It began with this prompt.
    Prompt(String),
    /// It does this.
    Status(Activity),
    /// The next piece of its text.
    Delta {
        /// After how many bytes of the text.
        at: usize,
        /// The piece.
        text: String,
    },
    /// It is over.
    End {
        /// Why.
        ending: Ending,
        /// The length of its text, if that is known.
        length: Option<usize>,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Runs(Activity::Waiting)
    }
}

impl Exchange {
    /// Whether the reply runs.
    pub const fn runs(&self) -> bool {
        matches!(self.state, State::Runs(_))
    }

    /// Whether a part of its text is missing: it is not kept any more, or never came.
    pub const fn has_gap(&self) -> bool {
        self.end > self.text.len()
    }

    /// What is to be seen of it besides its text.
    pub fn glance(&self) -> Glance {
        Glance { state: self.state.clone(), has_text: self.end > 0, has_gap: self.has_gap() }
    }

    /// Takes what an event says, and whether that was news.
    fn take(&mut self, news: News) -> bool {
        let State::Runs(activity) = &mut self.state else { return false };
        match news {
            News::Prompt(_) => return false,
            News::Status(now) => *activity = now,
            News::Delta { at, text } => {
                // What came before does not come twice; what is missing between cannot be had any more.
                let before = self.end.saturating_sub(at);
                let Some(rest) = text.get(before..).filter(|rest| !rest.is_empty()) else { return false };
                self.text.push_str(rest);
                self.end = at.max(self.end) + rest.len();
                *activity = Activity::Writing;
            }
            News::End { ending, length } => {
                self.end = length.unwrap_or(self.end).max(self.end);
                self.state = State::Over(ending);
            }
        }
        true
    }
}

/// Adds what an event says of a reply, and tells which exchange it changed. Events of a reply whose prompt is not there are
/// left out.
pub fn fold(exchanges: &mut Vec<Exchange>, reply: &str, news: News) -> Option<usize> {
    let at = exchanges.iter().rposition(|exchange| exchange.reply == reply);
    if let (None, News::Prompt(prompt)) = (at, &news) {
        exchanges.push(Exchange { reply: reply.to_owned(), prompt: prompt.clone(), ..Exchange::default() });
        return Some(exchanges.len() - 1);
    }
    at.filter(|at| exchanges.get_mut(*at).is_some_and(|exchange| exchange.take(news)))
}

/// What a prompt is called: its first line that says something, not all of a long one.
pub fn title(prompt: &str) -> String {
    const CHARACTERS: usize = 60;
    let line = prompt.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(at: usize, text: &str) -> News {
        News::Delta { at, text: text.to_owned() }
    }

    fn said(news: impl IntoIterator<Item = News>) -> Exchange {
        let mut exchanges = Vec::new();
        assert_eq!(fold(&mut exchanges, "a", News::Prompt("?".into())), Some(0));
        for news in news {
            fold(&mut exchanges, "a", news);
        }
        exchanges.remove(0)
    }

    #[test]
    fn pieces_that_come_twice_are_there_once() {
        let exchange =
            said([delta(0, "线ab"), delta(0, "线ab"), delta(3, "abc"), delta(6, "d"), delta(4, "b")]);
        assert_eq!((exchange.text.as_str(), exchange.has_gap()), ("线abcd", false));
        assert_eq!(exchange.state, State::Runs(Activity::Writing));
    }

    #[test]
    fn what_is_missing_is_known() {
        let lost = said([delta(0, "ab"), delta(5, "f")]);
        assert_eq!((lost.text.as_str(), lost.end, lost.has_gap()), ("abf", 6, true));
        let end = |length| News::End { ending: Ending::Finished, length };
        assert!(said([delta(0, "ab"), end(Some(3))]).has_gap());
        assert!(!said([delta(0, "ab"), end(Some(2))]).has_gap());
        assert!(!said([delta(0, "ab"), end(None)]).has_gap());
    }

    #[test]
    fn an_end_is_the_end() {
        let end = |ending| News::End { ending, length: None };
        let exchange = said([end(Ending::Stopped), delta(0, "late"), end(Ending::Finished)]);
        assert_eq!((exchange.text.as_str(), exchange.state), ("", State::Over(Ending::Stopped)));
    }

    #[test]
    fn what_nobody_asked_for_is_left_out() {
        let mut exchanges = Vec::new();
        assert_eq!(fold(&mut exchanges, "a", delta(0, "x")), None);
        assert_eq!(fold(&mut exchanges, "a", News::Prompt("?".into())), Some(0));
        assert_eq!(fold(&mut exchanges, "a", News::Prompt("!".into())), None);
        assert_eq!(fold(&mut exchanges, "b", News::Prompt("!".into())), Some(1));
        assert_eq!(fold(&mut exchanges, "a", delta(0, "x")), Some(0));
    }

    #[test]
    fn a_title_is_short() {
        assert_eq!(title("\n  你好？ \nmore"), "你好？");
        assert_eq!(title(&"线".repeat(70)), format!("{}…", "线".repeat(60)));
        assert_eq!(title(" "), "");
    }
}
