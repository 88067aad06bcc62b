use super::*;
use crate::{
    access::{Grant, Who, rights::Rights},
    hub::{
        Hub,
        log::{Entry, Publish, Settings, memory::MemoryLog},
    },
    model::message::Draft,
};
use std::{sync::Arc, time::Duration};

/// A hub with these messages: channel, event, data.
async fn hub(messages: &[(&str, Option<&str>, &str)]) -> Arc<Hub> {
    let settings = Settings { retention: Vec::new(), key_window: Duration::from_secs(1) };
    let hub = Hub::start(Arc::new(MemoryLog::new(settings, 1))).unwrap();
    for (channel, event, data) in messages {
        let draft = Draft { event: event.map(|event| event.parse().unwrap()), data: (*data).to_owned() };
        let entries = vec![Entry { key: None, drafts: vec![draft] }];
        hub.publish(Publish { channel: channel.parse().unwrap(), entries }).await.unwrap();
    }
    hub
}

/// What it does, and the whole text.
async fn ask(hub: &Arc<Hub>, prompt: &str) -> (Vec<String>, String) {
    let channel = "replies.a".parse().unwrap();
    let question = Question { channel, history: Vec::new(), prompt: prompt.to_owned() };
    let grant = Grant { who: Who::Anonymous, rights: Rights::all(), until: None };
    let asker = Visitor::new(hub.clone(), Arc::new(grant));
    let pieces: Vec<_> = Quoting.answer(question, asker).collect().await;
    assert_eq!(pieces.last(), Some(&Ok(Piece::End(End::Finished))));
    let (mut done, mut text) = (Vec::new(), String::new());
    for piece in pieces {
        match piece.unwrap() {
            Piece::Status(Activity::Searching { words }) => done.push(words),
            Piece::Text(piece) => text.push_str(&piece),
            Piece::End(_) => {}
            other @ Piece::Status(_) => panic!("{other:?}"),
        }
    }
    (done, text)
}

const SAID: [(&str, Option<&str>, &str); 6] = [
    ("news", None, "The deploy of the database is over"),
    ("chat.lobby", Some("say"), "ann: who did the deploy?"),
    ("chat.lobby", Some("say"), "bob:\n新的数据库已经部署"),
    ("chat.lobby", None, "nothing else"),
    ("replies.b", Some("delta"), "deploy deploy deploy 部署"),
    ("replies.b.c", None, "deploy"),
];

#[tokio::test]
async fn a_question_is_answered_with_the_messages_that_have_its_words() {
    let hub = hub(&SAID).await;
    let (words, text) = ask(&hub, "What about the database deploy?").await;
    assert_eq!(words, ["database deploy"]);
    assert!(text.starts_with("I quote and do not think."), "{text}");
    assert!(text.contains("> The deploy of the database is over\n— news · "), "{text}");
    assert_eq!(text.matches("\n— ").count(), 1, "{text}");
    let newest = hub.before("news".parse::<Channel>().unwrap().into(), None, 1).await.unwrap();
    assert!(text.contains(&newest[0].id.to_string()), "{text}");

    let (words, text) = ask(&hub, "关于部署有什么消息吗?").await;
    assert_eq!(words, ["部署"]);
    assert!(text.starts_with("我只引用,不思考。") && text.contains("> bob: 新的数据库已经部署\n"), "{text}");
}

#[tokio::test]
async fn where_no_message_has_all_words_those_with_the_most_come_first() {
    let hub = hub(&SAID).await;
    let (_, text) = ask(&hub, "did ann deploy the cluster?").await;
    let places = ["who did the deploy", "The deploy of the database"].map(|quote| text.find(quote).unwrap());
    assert!(text.contains("No message has all of") && places[0] < places[1], "{text}");
    let (_, text) = ask(&hub, "数据库的新闻").await;
    assert!(text.contains("新的数据库已经部署"), "{text}");
    let (_, text) = ask(&hub, "weather tomorrow").await;
    assert!(text.contains("no message has “weather tomorrow”"), "{text}");
    assert!(ask(&hub, "?!").await.1.contains("/help"));
}

#[tokio::test]
async fn replies_are_never_quoted() {
    let hub = hub(&SAID).await;
    for prompt in ["deploy", "/search deploy", "/search 部署", "/summary replies.b", "/summary replies.b.c"]
    {
        let (_, text) = ask(&hub, prompt).await;
        assert!(!text.contains("deploy deploy") && !text.contains("— replies"), "{prompt}: {text}");
    }
    let only_replies = self::hub(&SAID[4..]).await;
    assert!(ask(&only_replies, "/search deploy").await.1.contains("no message has"));
    assert!(ask(&only_replies, "/summary x").await.1.starts_with("There is no channel yet"));
    // Also where there are too many channels to name them.
    let channels: Vec<String> = (0..120).map(|number| format!("c{number}")).collect();
    let mut many: Vec<_> = channels.iter().map(|channel| (channel.as_str(), None, "deploy")).collect();
    many.extend(SAID);
    let (_, text) = ask(&self::hub(&many).await, "/search deploy").await;
    assert_eq!((text.matches("\n— ").count(), text.matches("replies").count()), (SEARCH_QUOTES, 0), "{text}");
}

#[tokio::test]
async fn commands_do_what_the_help_says() {
    let hub = hub(&SAID).await;
    let (words, text) = ask(&hub, "/search \"the deploy\"").await;
    assert_eq!((words, text.matches("\n— ").count()), (vec!["\"the deploy\"".to_owned()], 2));
    assert!(text.find("who did").unwrap() < text.find("is over").unwrap(), "the newest first");
    assert!(ask(&hub, "/search").await.1.contains("at least one word"));

    let (_, text) = ask(&hub, "/summary chat.lobby").await;
    assert!(text.starts_with("chat.lobby keeps 3 messages with "), "{text}");
    assert!(text.contains("Types: say 2, message 1\n"), "{text}");
    assert!(text.find("nothing else").unwrap() < text.find("bob: 新").unwrap(), "{text}");
    assert!(ask(&hub, "/summary nowhere").await.1.contains("There are: chat.lobby, news\n"));
    assert!(ask(&hub, "/summary 没有").await.1.starts_with("没有可以引用的频道“没有”。"));

    let (none, help) = ask(&hub, "/help").await;
    assert!(none.is_empty());
    for command in ["/help", "/search", "/summary"] {
        assert!(help.contains(command) && Language::Chinese.help().contains(command));
    }
    assert!(ask(&hub, "/帮助").await.1.contains(&Language::Chinese.help()));
}
