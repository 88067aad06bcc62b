//! The words of a question that tell something.

use crate::hub::log::words::words;

/// How many words of a question count, and how long one may be, in characters.
const MOST: usize = 8;
const LONGEST: usize = 24;

/// Words that are in every question and tell nothing of it. In lower case.
const COMMON: &str = "a about all am an and any anyone anything are as at be been but by can could d did do does ever \
    find for from give had has have how i if in into is it its know last latest list ll m me message messages my new \
    newest no not of on or our please re s said say says show so some someone something t tell that the their them \
    there they this to us ve was we were what when where which who whom whose why will with would you your";

/// The same of Chinese, the longer ones first: a part of one must not stay.
const CHINESE: &str = "什么时候 有没有 是不是 为什么 告诉我 什么 怎么 怎样 如何 哪里 哪些 哪个 多少 可以 请问 一下 关于 消息 知道 \
    最近 最新 我们 你们 他们 这个 那个 没有 有关 说过 的 了 吗 呢 吧 啊 是 有 在 我 你 他 她 它 请 和 与 及 被 把 说 谁 几";

/// The words of a question that tell something, in order, each once: words as they are, and rows of Chinese, Japanese or
/// Korean characters. Where all of them are common, these.
pub(super) fn terms(prompt: &str) -> Vec<String> {
    let mut telling = String::from(prompt);
    for common in CHINESE.split(' ') {
        telling = telling.replace(common, " ");
    }
    let is_common = |term: &String| COMMON.split(' ').any(|common| common == term);
    let chosen: Vec<String> = rows(&telling).into_iter().filter(|term| !is_common(term)).collect();
    let mut terms = Vec::new();
    for term in if chosen.is_empty() { rows(prompt) } else { chosen } {
        let term: String = term.chars().take(LONGEST).collect();
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms.truncate(MOST);
    terms
}

/// What the parts of these are that may be found by themselves: a row of more than two characters is also all its pairs.
pub(super) fn parts(terms: &[String]) -> Vec<String> {
    let mut parts = Vec::new();
    for term in terms {
        let characters: Vec<String> = words(term).collect();
        if characters.len() > 2 {
            parts.extend(characters.windows(2).map(<[String]>::concat));
        } else {
            parts.push(term.clone());
        }
    }
    parts.truncate(2 * MOST);
    parts
}

/// A text's words, where the characters that search takes for words are together as they stood.
fn rows(text: &str) -> Vec<String> {
    let texts = text.split(|character: char| !character.is_alphanumeric()).filter(|text| !text.is_empty());
    let mut rows: Vec<String> = Vec::new();
    for text in texts {
        let mut row = String::new();
        for word in words(text) {
            let is_ideograph = !word.is_ascii() && word.chars().count() == 1;
            if is_ideograph {
                row.push_str(&word);
            } else {
                rows.extend((!row.is_empty()).then(|| std::mem::take(&mut row)));
                rows.push(word);
            }
        }
        rows.extend((!row.is_empty()).then_some(row));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_every_question_is_left_out() {
        for (prompt, expected) in [
            ("What did Ann say about the deploy?", vec!["ann", "deploy"]),
            ("deploy deploy DEPLOY", vec!["deploy"]),
            ("who are you", vec!["who", "are", "you"]),
            ("关于部署有什么消息吗?", vec!["部署"]),
            ("请问 Ann 为什么说数据库坏了", vec!["ann", "数据库坏"]),
            ("什么", vec!["什么"]),
            ("Straße 42-b", vec!["straße", "42", "b"]),
            ("?!", vec![]),
        ] {
            assert_eq!(terms(prompt), expected, "{prompt}");
        }
        assert_eq!(terms(&"x1 x2 x3 x4 x5 x6 x7 x8 x9".repeat(3)).len(), MOST);
        assert_eq!(terms(&"y".repeat(99)), ["y".repeat(LONGEST)]);
    }

    #[test]
    fn a_long_row_is_its_pairs() {
        let own = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>();
        assert_eq!(parts(&own(&["deploy", "数据库坏", "部署"])), ["deploy", "数据", "据库", "库坏", "部署"]);
    }
}
