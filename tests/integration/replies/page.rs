//! The page of the replies as it is without scripts: what the server renders, and its plain forms.

use super::{Upstream, with_model};
use crate::support::{Server, client_builder, json, problem, send, soon, text};
use reqwest::{RequestBuilder, redirect::Policy};

fn form(server: &Server, function: &str, body: &str) -> RequestBuilder {
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let request = client.post(format!("{}/api/page/{function}", server.url)).body(body.to_owned());
    request.header("content-type", "application/x-www-form-urlencoded")
}

/// Sends a plain form; where it leads.
async fn leads_to(request: RequestBuilder) -> String {
    let answer = send(request.header("accept", "text/html").header("referer", "http://x/replies/t")).await;
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn page(server: &Server, path: &str) -> String {
    let answer = send(server.get(path).header("accept-language", "en")).await;
    assert_eq!(answer.status(), 200);
    text(answer).await
}

/// The page, once it has this in it.
async fn page_with(server: &Server, path: &str, part: &str) -> String {
    soon(part, async {
        loop {
            let html = page(server, path).await;
            if html.contains(part) {
                return html;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_plain_form_leads_to_the_thread_and_a_program_gets_its_name() {
    let upstream = Upstream::start().await;
    let server = with_model(&upstream, &[]).await;
    let place = leads_to(form(&server, "ask", "prompt=a%0D%0Ab%3Cb%3E&thread=&key=k")).await;
    let path = place.strip_suffix("#newest").unwrap();
    let mut asked = upstream.asked().await;
    assert_eq!(asked.messages(), [("user".to_owned(), "a\nb<b>".to_owned())]);
    asked.opens().await;
    asked.says("half **bo<i>").await;
    let html = page_with(&server, path, "half").await;
    for part in ["a\nb&lt;b&gt;", "<p>half <strong>bo&lt;i&gt;</strong></p>", "Stop", "Reload to see more"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    // The same key is the same prompt.
    assert_eq!(leads_to(form(&server, "ask", "prompt=a%0D%0Ab%3Cb%3E&key=k")).await, place);
    let thread = path.strip_prefix("/replies/").unwrap();
    assert_eq!(json(send(form(&server, "ask", "prompt=a%0Ab%3Cb%3E&key=k")).await).await, thread);
    let busy = problem(form(&server, "ask", &format!("prompt=c&thread={thread}")), 409).await;
    let reply = busy["detail"].as_str().unwrap().split(' ').nth(2).unwrap().to_owned();
    let refused = form(&server, "ask", &format!("prompt=c&thread={thread}")).header("accept", "text/html");
    let refused = send(refused).await;
    assert_eq!((refused.status().as_u16(), text(refused).await.contains("<h1>")), (409, true));

    assert_eq!(leads_to(form(&server, "stop", &format!("reply={reply}"))).await, "/replies/t");
    asked.is_closed().await;
    let html = page_with(&server, path, "Stopped.").await;
    assert!(html.contains("<p>half **bo&lt;i&gt;</p>") && html.contains("Try again"), "{html}");
    // What is over is let be.
    assert_eq!(leads_to(form(&server, "stop", &format!("reply={reply}"))).await, "/replies/t");
    // In the list of every page it is called what was asked, a line of it.
    assert!(page(&server, "/replies").await.contains(">a</a>"));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let server = Server::start(&[("REPLIES_PROMPT", "1KiB")]).await;
    let long = format!("prompt={}", "x".repeat(1_025));
    for (body, status) in
        [("prompt=+", 400), ("prompt=a&thread=a.b", 400), ("prompt=a&key=%0A", 400), (&*long, 413)]
    {
        problem(form(&server, "ask", body), status).await;
    }
    problem(form(&server, "stop", "reply=x"), 400).await;
    for path in ["/replies/a.b", "/replies/%00", "/replies/a/b"] {
        assert_eq!(send(server.get(path)).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn of_a_long_thread_the_page_has_the_last_exchanges() {
    let server = Server::fast().await;
    for number in 1..=4 {
        let reply = format!("{number:032}");
        let events = [
            ("prompt", serde_json::json!({ "reply": reply, "prompt": format!("question {number}") })),
            ("delta", serde_json::json!({ "reply": reply, "at": 0, "text": "word ".repeat(20_000) })),
            ("done", serde_json::json!({ "reply": reply, "reason": "finished", "length": 100_000 })),
        ];
        for (event, data) in events {
            let publish = server.post(&format!("/api/channels/replies.long/messages?event={event}"));
            let publish = publish.header("content-type", "text/plain").body(data.to_string());
            assert!(send(publish).await.status().is_success());
        }
    }
    let html = page(&server, "/replies/long").await;
    let shown = |html: &str| -> Vec<_> {
        (1..=4).filter(|number| html.contains(&format!("<p class=\"prompt\">question {number}"))).collect()
    };
    assert_eq!(shown(&html), [3, 4]);
    let before = html.split("/replies/long?before=").nth(1).unwrap().split('"').next().unwrap();
    let earlier = page(&server, &format!("/replies/long?before={before}")).await;
    assert_eq!(shown(&earlier), [1, 2]);
    assert!(!earlier.contains("?before=") && !earlier.contains("<textarea"), "{earlier}");
}
