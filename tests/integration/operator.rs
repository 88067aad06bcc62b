//! What an operator does: tokens, a backup while it runs, a certificate that is exchanged.

use crate::{
    process::{program, signal, starts},
    support::{
        Blocks, Server,
        certificate::{certify, path},
        client, client_builder, field,
        folder::Folder,
        json, send, soon,
        tokens::{SECRET, pairs},
    },
};
use serde_json::json;
use std::{fs, process::Output};
use tokio::process::Command;

/// Runs the program to its end.
pub async fn tidings(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.env_clear().envs(variables.iter().copied()).args(arguments).kill_on_drop(true);
    soon("the end of the program", command.output()).await.unwrap()
}

/// What it printed, having done what it should.
async fn prints(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = tidings(arguments, variables).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn tokens_are_minted_and_explained() {
    let secret = [("TIDINGS_ACCESS_SECRET", SECRET)];
    let options =
        ["--publish", "orders.>", "--subscribe", "news", "--subscribe", "chat.*", "--subject", "shop"];
    let mint = [&["token", "mint", "--expires", "2h"][..], &options].concat();
    let token = prints(&mint, &secret).await.trim().to_owned();
    let explained = prints(&["token", "explain", &token], &secret).await;
    let lines: Vec<_> = explained.lines().collect();
    assert_eq!(
        lines[..4],
        ["signed     HS256", "subject    shop", "publish    orders.>", "subscribe  news, chat.*",]
    );
    assert!(
        lines[4].starts_with("expires    2") && lines[4].contains("(in 1h 59m")
            || lines[4].contains("(in 2h"),
        "{explained}"
    );
    assert_eq!(lines[5], "These settings take it.");

    let server = Server::closed(&[]).await;
    assert_eq!(send(server.publish("orders.7", "x").bearer_auth(&token)).await.status(), 201);
    assert_eq!(send(server.publish("news", "x").bearer_auth(&token)).await.status(), 403);
    // The commands that talk to a server show it.
    let publish = ["publish", "orders.7", "paid", "--url", &server.url];
    prints(&publish, &[("TIDINGS_TOKEN", &token)]).await;
    let refused = tidings(&publish, &[]).await;
    assert_eq!(refused.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("needs a token"));

    for (arguments, variables, code, says) in [
        (&mint[..], &[][..], 78, "nothing to sign with"),
        (&["token", "explain", &token], &[], 65, "this server takes no tokens"),
        (
            &["token", "explain", &token],
            &[("TIDINGS_ACCESS_SECRET", "x123456789abcdef0123456789abcdef")],
            65,
            "signature",
        ),
        (&["token", "explain", "x.y.z"], &secret, 65, "not a JSON Web Token"),
        (&["token", "mint", "--publish", "a..b"], &secret, 2, "between the dots"),
        (&["token", "mint", "--key", "no/such.pem"], &[], 1, "cannot read no/such.pem"),
        (&mint, &[("TIDINGS_ACCESS_SECRET", "short")], 78, "too short"),
    ] {
        let output = tidings(arguments, variables).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says) && !said.contains("short\""), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn tokens_are_minted_with_private_keys() {
    let folder = Folder::new();
    let (private, public) = (folder.path().join("private.pem"), folder.path().join("2026.pem"));
    for pair in pairs() {
        fs::write(&private, &pair.private).unwrap();
        fs::write(&public, &pair.public).unwrap();
        let keys = json!([public]).to_string();
        let mint =
            ["token", "mint", "--publish", "news", "--kid", "2026", "--key", private.to_str().unwrap()];
        let token = prints(&mint, &[]).await;
        let explained = prints(&["token", "explain", token.trim()], &[("TIDINGS_ACCESS_KEYS", &keys)]).await;
        assert!(
            explained.starts_with(&format!("signed     {:?}, key 2026\n", pair.algorithm)),
            "{explained}"
        );
    }
}

#[tokio::test]
async fn a_backup_is_whole_and_can_be_restored() {
    let folder = Folder::new();
    let server = Server::on_disk(&folder, &[]).await;
    let ids = server.counts("news", 500).await;
    let copy = folder.path().join("copy.db");
    let log = [("TIDINGS_LOG_URL", &*folder.log_url())];
    // While others publish.
    let publishing = async {
        loop {
            server.says("other", "x").await;
        }
    };
    let arguments = ["backup", copy.to_str().unwrap()];
    let output = tokio::select! {
        () = publishing => unreachable!(),
        output = tidings(&arguments, &log) => output,
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("messages, "), "{said}");
    let last = server.says("news", "after the backup").await;
    let mut watcher = server.stream(&format!("/api/events?channel=news&last_event_id={last}")).await;
    watcher.tail().await;

    // A copy is a new file, and a log.
    let again = tidings(&arguments, &log).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
    let nothing = tidings(&["backup", "x.db"], &[("TIDINGS_LOG_URL", "memory:")]).await;
    assert_eq!(nothing.status.code(), Some(78));

    // In the place of the log.
    let restored = Folder::new();
    fs::copy(&copy, restored.path().join("tidings.db")).unwrap();
    let server = Server::on_disk(&restored, &[]).await;
    let kept = server.page("/api/channels/news/messages?limit=1000").await;
    let kept: Vec<_> =
        kept["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap()).collect();
    assert_eq!(kept, ids);
    // Who may have missed something is told so, also when there is something newer by then, and once.
    let resumes = async |last: &str| {
        let mut watcher = server.stream(&format!("/api/events?channel=news&last_event_id={last}")).await;
        let tail = watcher.tail().await;
        (watcher, tail)
    };
    let (mut early, _) = resumes(&last).await;
    assert!(soon("the gap", early.next()).await.unwrap().contains("event: gap"));
    let newer = server.says("news", "newer").await;
    assert_eq!(field(&soon("what is new", early.next()).await.unwrap(), "id"), Some(&*newer));
    for had in [&last, &ids[499]] {
        let (mut late, tail) = resumes(had).await;
        let gap = soon("the gap", late.next()).await.unwrap();
        assert!(gap.contains("event: gap") && gap.contains(had), "{gap}");
        assert_eq!(field(&soon("what is new", late.next()).await.unwrap(), "id"), Some(&*newer));
        // Who had all that is left goes on behind the loss.
        if had == &last {
            let (mut again, _) = resumes(&tail).await;
            assert_eq!(field(&soon("what is new", again.next()).await.unwrap(), "id"), Some(&*newer));
        }
    }
    // Who was further behind has what is left, too.
    let (mut behind, _) = resumes(&ids[497]).await;
    assert!(soon("the gap", behind.next()).await.unwrap().contains("event: gap"));
    for id in [&ids[498], &ids[499], &newer] {
        assert_eq!(field(&soon("what is left", behind.next()).await.unwrap(), "id"), Some(&**id));
    }
    let found = soon("the index is made anew", async {
        loop {
            let found = server.page("/api/search?q=499").await;
            if found["messages"].as_array().unwrap().len() == 1 {
                break found;
            }
        }
    });
    found.await;
}

#[tokio::test]
async fn a_certificate_is_exchanged_and_streams_go_on() {
    let folder = Folder::new();
    let knows = |certificate: String| {
        let certificate = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
        client_builder().tls_certs_only([certificate]).build().unwrap()
    };
    let old = knows(certify(folder.path()));
    let file = |name| path(folder.path(), name);
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_TLS_CERT", &file("cert.pem")),
        ("TIDINGS_TLS_KEY", &file("key.pem")),
    ];
    let (child, url) = starts(program(&settings)).await;
    assert!(url.starts_with("https://"), "{url}");
    let stream = send(old.get(format!("{url}/api/events?channel=news"))).await;
    assert_eq!(stream.headers()["strict-transport-security"], "max-age=31536000");
    let mut stream = Blocks::of(stream);
    stream.tail().await;
    // A broken pair changes nothing.
    let new = knows(certify(folder.path()));
    let key = fs::read(file("key.pem")).unwrap();
    fs::write(file("key.pem"), "no key").unwrap();
    signal(&child, "HUP").await;
    fs::write(file("key.pem"), key).unwrap();
    signal(&child, "HUP").await;
    let publish =
        |client: &reqwest::Client| client.post(format!("{url}/api/channels/news/messages")).body("x").send();
    soon("the new certificate", async { while publish(&new).await.is_err() {} }).await;
    let others = knows(certify(Folder::new().path()));
    assert!(publish(&others).await.is_err());
    assert!(soon("the stream goes on", stream.next()).await.unwrap().contains("data: x"));
    // Plain HTTP finds nobody who understands it.
    let plain = url.replace("https:", "http:");
    assert!(client().get(plain).send().await.is_err());
}

#[tokio::test]
async fn what_others_could_publish_to_is_not_opened_to_them_by_mistake() {
    let address = ("TIDINGS_SERVER_ADDRESS", "0.0.0.0:0");
    let open = ("TIDINGS_ACCESS_ANONYMOUS_PUBLISH", r#"["news"]"#);
    let refused = tidings(&["serve"], &[address, open, ("TIDINGS_LOG_URL", "memory:")]).await;
    assert_eq!(refused.status.code(), Some(78));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("access.public = true"), "{said}");
    for setting in [("TIDINGS_ACCESS_ANONYMOUS_PUBLISH", "[]"), ("TIDINGS_ACCESS_PUBLIC", "true")] {
        let (_child, url) = starts(program(&[address, open, setting])).await;
        let url = url.replace("0.0.0.0", "127.0.0.1");
        assert_eq!(send(client().get(format!("{url}/healthz"))).await.status(), 200);
    }
}

#[tokio::test]
async fn no_secret_is_logged() {
    let token = crate::support::tokens::token(&["news"], &["news"]);
    let settings = [
        ("TIDINGS_SERVER_ADDRESS", "127.0.0.1:0"),
        ("TIDINGS_ACCESS_SECRET", SECRET),
        ("TIDINGS_TELEMETRY_LEVEL", "trace"),
        ("TIDINGS_REPLIES_KEY", "sk-hidden"),
    ];
    let (mut child, url) = starts(program(&settings)).await;
    let post = |path: &str| client().post(format!("{url}{path}"));
    let form = |path: &str, body: String| {
        post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    assert_eq!(send(post("/api/channels/news/messages").body("x").bearer_auth(&token)).await.status(), 201);
    send(post("/api/channels/news/messages").bearer_auth(format!("{token}x"))).await;
    send(form("/api/page/sign_in", format!("token={token}"))).await;
    send(form("/api/page/sign_in", format!("token={token}y"))).await;
    let address =
        json(send(form("/api/page/connect", "source=channel%3Dnews".into()).bearer_auth(&token)).await).await;
    let stream = address["url"].as_str().unwrap();
    let permit = stream.split("permit=").nth(1).unwrap().split('&').next().unwrap();
    send(client().get(format!("{url}{stream}"))).await;
    send(client().get(format!("{url}/api/events?channel=news&permit={permit}z"))).await;
    signal(&child, "TERM").await;
    let mut log = String::new();
    use tokio::io::AsyncReadExt;
    soon("the log", child.stderr.take().unwrap().read_to_string(&mut log)).await.unwrap();
    assert!(log.contains("request"), "{log}");
    let signature = token.rsplit('.').next().unwrap();
    for secret in [SECRET, "sk-hidden", signature, permit] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
