//! The page about channels: what the server renders of them, and the forms that work without scripts.

use crate::support::{Blocks, Server, client_builder, field, json, problem, send, text};
use reqwest::{RequestBuilder, Response, redirect::Policy};
use serde_json::Value;

async fn publish(server: &Server, channel: &str, data: &str) -> String {
    let request = server.post(&format!("/api/channels/{channel}/messages")).body(data.to_owned());
    json(send(request).await).await["id"].as_str().unwrap().to_owned()
}

async fn page(server: &Server, query: &str) -> String {
    text(send(server.get(&format!("/{query}")).header("accept-language", "en")).await).await
}

/// The data of the rows, in order.
fn rows(html: &str) -> Vec<&str> {
    let after = html.split(r#"<span class="row-data">"#).skip(1);
    after.map(|rest| rest.split("</span>").next().unwrap()).collect()
}

/// What is handed on to the browser's part.
fn rendered(html: &str) -> Value {
    let (_, rest) = html.split_once(r#"<script id="rendered" type="application/json">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// A call of a function, as a program makes it.
fn call(server: &Server, function: &str, body: &str) -> RequestBuilder {
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    client
        .post(format!("{}/api/page/{function}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned())
}

/// A form as a browser without scripts sends it, from the page `from`. Redirects are not followed.
fn form(server: &Server, function: &str, from: &str, body: &str) -> RequestBuilder {
    let request = call(server, function, body).header("accept", "text/html,*/*;q=0.8");
    request.header("accept-language", "en").header("referer", format!("{}{from}", server.url))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn the_newest_messages_are_rendered_and_the_stream_goes_on_after_them() {
    let server = Server::fast().await;
    for n in 1..=60 {
        publish(&server, "news", &format!("news {n}")).await;
    }
    let other = publish(&server, "chat.lobby", "<script>alert('&')</script>").await;
    let html = page(&server, "?channel=news").await;
    let expected: Vec<_> = (11..=60).map(|n| format!("news {n}")).collect();
    assert_eq!(rows(&html), expected);
    let handed_on = rendered(&html);
    assert_eq!(handed_on["tail"], other, "the newest of all, so that no id comes twice");
    assert_eq!(handed_on["messages"][49]["data"], "news 60");
    assert_eq!(handed_on["channels"], serde_json::json!(["chat.lobby", "news"]));
    let next = publish(&server, "news", "next").await;
    let stream = format!("/api/events?channel=news&envelope=json&last_event_id={other}");
    let blocks = server.stream(&stream).await.take(3).await;
    assert_eq!(field(&blocks[2], "id"), Some(next.as_str()));

    let html = page(&server, "?channel=chat.*").await;
    assert_eq!(rows(&html), ["&lt;script&gt;alert('&amp;')&lt;/script&gt;"]);
    assert!(!html.contains("<script>alert"), "{html}");
    assert_eq!(rendered(&html)["messages"][0]["data"], "<script>alert('&')</script>");
    assert!(
        html.contains(r#"<span class="chip channel">chat.lobby</span>"#),
        "with a pattern, each row says where"
    );
}

#[tokio::test]
async fn large_messages_make_a_page_of_few() {
    let server = Server::fast().await;
    for n in 0..5 {
        publish(&server, "big", &n.to_string().repeat(100_000)).await;
    }
    let html = page(&server, "?channel=big").await;
    assert_eq!(rows(&html).iter().map(|row| &row[..1]).collect::<Vec<_>>(), ["3", "4"]);
    publish(&server, "big", &"x".repeat(500_000)).await;
    assert_eq!(rows(&page(&server, "?channel=big").await).len(), 1);
}

#[tokio::test]
async fn a_form_has_its_one_address_and_a_wrong_query_is_said() {
    let server = Server::fast().await;
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let get = |path: &str| client.get(format!("{}{path}", server.url)).header("accept-language", "en");
    for (typed, address) in [
        ("/?channel=news+chat.*", "/?channel=chat.*&channel=news"),
        ("/?channel=b%2C+a&channel=a", "/?channel=a&channel=b"),
        ("/?stream=demo", "/"),
    ] {
        let answer = send(get(typed)).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "location")), (303, address), "{typed}");
    }
    for address in
        ["/", "/?stream=clock", "/?stream=clock&interval=5", "/?channel=o.%3E", "/?stream=channels"]
    {
        assert_eq!(send(get(address)).await.status(), 200, "{address}");
    }
    for (wrong, said) in [
        ("/?chanel=news", "chanel"),
        ("/?stream=nothing", "There is no stream “nothing”"),
        ("/?stream=clock&interval=0", "from 1 to 60"),
        ("/?channel=", "Type the name of a channel"),
        ("/?channel=%3Cb%3E", "not “&lt;”"),
        ("/?channel=a&stream=clock", "Choose one"),
    ] {
        let answer = send(get(wrong)).await;
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-type")),
            (400, "text/html; charset=utf-8")
        );
        let html = text(answer).await;
        assert!(html.contains(said) && !html.contains("curl -N"), "{wrong}: {html}");
    }
    publish(&server, "typed.before", "x").await;
    let html = text(send(get("/?channel=a..b")).await).await;
    assert!(html.contains(r#"value="a..b""#) && html.contains(r#"value="typed.before""#), "{html}");
}

#[tokio::test]
async fn the_list_of_channels_leads_to_each() {
    let server = Server::fast().await;
    let html = page(&server, "?stream=channels").await;
    assert!(html.contains(&format!("curl -d 'hello' {}/api/channels/news/messages", server.url)), "{html}");
    publish(&server, "chat.lobby", "x").await;
    assert!(
        page(&server, "?stream=channels").await.contains(r#"<a href="/?channel=chat.lobby">chat.lobby</a>"#)
    );
}

#[tokio::test]
async fn a_message_is_published_by_a_plain_form() {
    let server = Server::fast().await;
    let sent = |body: &str| form(&server, "publish", "/?channel=news", body);
    let answer = send(sent("channel=news&data=one%0D%0Atwo&event=")).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (302, "/?channel=news"));
    assert_eq!(rows(&page(&server, "?channel=news").await), ["one\ntwo"]);
    send(sent("channel=news&data=%E4%BD%A0%E5%A5%BD&event=greeting")).await;
    let kept = json(send(server.get("/api/channels/news/messages")).await).await;
    assert_eq!(kept["messages"][0]["event"], Value::Null);
    assert_eq!(
        (&kept["messages"][1]["event"], &kept["messages"][1]["data"]),
        (&"greeting".into(), &"你好".into())
    );
}

#[tokio::test]
async fn a_key_publishes_once() {
    let server = Server::fast().await;
    let mut watch = Blocks::of(send(server.get("/api/events?channel=news")).await);
    watch.take(2).await;
    let send_it = async |data: &str| {
        send(form(&server, "publish", "/?channel=news", &format!("channel=news&data={data}&key=k1")))
            .await
            .status()
    };
    assert_eq!((send_it("a").await.as_u16(), send_it("a").await.as_u16()), (302, 302));
    assert_eq!(send_it("b").await, 422, "the key of another message");
    publish(&server, "news", "last").await;
    let data: Vec<_> =
        watch.take(2).await.iter().map(|block| field(block, "data").unwrap().to_owned()).collect();
    assert_eq!(data, ["a", "last"]);
}

#[tokio::test]
async fn a_refused_form_is_a_page_for_a_person_and_a_problem_for_a_program() {
    let server = Server::start(&[("LIMITS_MESSAGE", "1KiB")]).await;
    let large = format!("channel=news&data={}", "x".repeat(2_000));
    for (body, status, field) in [
        ("channel=chat.*&data=x", 400, "channel"),
        ("channel=news&data=x&event=a%0Ab", 400, "event"),
        ("channel=news&data=x&key=%E4%B8%AD", 400, "key"),
        ("data=x", 400, "body"),
        (&large, 413, "body"),
    ] {
        let answer = send(form(&server, "publish", "/?channel=news", body)).await;
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-type")),
            (status, "text/html; charset=utf-8")
        );
        let html = text(answer).await;
        assert!(html.contains("That did not work") && html.contains(r#"href="/?channel=news""#), "{html}");
        assert_eq!(problem(call(&server, "publish", body), status).await["field"], field, "{body}");
    }
    let elsewhere =
        form(&server, "publish", "", "data=x").header("referer", "http://evil.example//evil.example/");
    assert!(!text(send(elsewhere).await).await.contains("evil"));
    assert!(rows(&page(&server, "?channel=news").await).is_empty());
}

#[tokio::test]
async fn a_clear_is_remembered_by_a_cookie_and_taken_back() {
    let server = Server::fast().await;
    publish(&server, "news", "one").await;
    let two = publish(&server, "news", "two").await;
    publish(&server, "news", "three").await;
    let cookie = async |body: &str, cookies: &str| {
        let answer = send(form(&server, "clear", "/?channel=news", body).header("cookie", cookies)).await;
        assert_eq!(answer.status(), 302);
        header(&answer, "set-cookie").to_owned()
    };
    let cleared = cookie(&format!("source=channel%3Dnews&up_to={two}"), "theme=dark").await;
    let (value, attributes) = cleared.split_once("; ").unwrap();
    assert_eq!(value, format!("cleared=news:{two}"));
    assert_eq!(attributes, "Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    let shown = async |query: &str, cookies: &str| {
        text(send(server.get(query).header("cookie", cookies).header("accept-language", "en")).await).await
    };
    let html = shown("/?channel=news", value).await;
    assert_eq!((rows(&html), &rendered(&html)["has_cleared"]), (vec!["three"], &Value::Bool(true)));
    assert_eq!(rendered(&html)["mark"], two);
    assert_eq!(rows(&shown("/?channel=*", value).await).len(), 3, "another selection has a mark of its own");

    // What is not published yet is not cleared.
    let far = cookie("source=channel%3Dnews&up_to=9999999999999-0", value).await;
    let (far, _) = far.split_once("; ").unwrap();
    assert!(rows(&shown("/?channel=news", far).await).is_empty());
    publish(&server, "news", "four").await;
    assert_eq!(rows(&shown("/?channel=news", far).await), ["four"]);

    let back = cookie("source=channel%3Dnews&up_to=", far).await;
    assert!(back.starts_with("cleared=; "), "{back}");
    let html = shown("/?channel=news", "cleared=").await;
    assert_eq!((rows(&html).len(), &rendered(&html)["has_cleared"]), (4, &Value::Bool(false)));

    // What is no mark of ours is no mark.
    for forged in ["cleared=news", "cleared=news:x", "cleared=news:9999999999999-0", "cleared=%00:1-1"] {
        assert_eq!(rows(&shown("/?channel=news", forged).await).len(), 4, "{forged}");
    }
    let wrong = call(&server, "clear", "source=channel%3Dnews&up_to=x");
    assert_eq!(problem(wrong, 400).await["field"], "up_to");
    let nothing = send(form(&server, "clear", "/", "source=&up_to=1-1")).await;
    assert_eq!((nothing.status().as_u16(), nothing.headers().get("set-cookie")), (302, None));
}

#[tokio::test]
async fn every_source_has_an_address_that_is_a_stream() {
    let server = Server::fast().await;
    for (source, url) in [
        ("", "/api/sse?ticket="),
        ("stream=clock", "/api/streams/clock?ticket="),
        ("stream=clock%26interval=60", "/api/streams/clock?interval=60&ticket="),
        ("stream=ticker", "/api/streams/ticker?ticket="),
        ("stream=fields", "/api/streams/fields?ticket="),
        ("channel=o.%253E", "/api/events?channel=o.%3E&envelope=json&ticket="),
    ] {
        let connect = call(&server, "connect", &format!("source={source}"));
        let address = json(send(connect).await).await;
        assert!(address["url"].as_str().unwrap().starts_with(url), "{source}: {address}");
        server.stream(address["url"].as_str().unwrap()).await;
    }
    for source in ["stream=channels", "stream=nothing", "channel=a..b", "x=1"] {
        let connect = call(&server, "connect", &format!("source={source}"));
        assert_eq!(problem(connect, 400).await["field"], "source", "{source}");
    }
}
