//! Rooms: who is there, what is said by the page's forms, and the page that the server renders of it.

use crate::support::{Server, client_builder, folder::Folder, json, problem, send, soon, text};
use reqwest::{RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ANN: &str = "person=a1.Ann%20Lee";

/// A form of the page, as a browser sends it that runs no scripts.
fn form(server: &Server, function: &str, cookies: &str, body: &str) -> RequestBuilder {
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let request = client.post(format!("{}/api/page/{function}", server.url)).body(body.to_owned());
    request.header("content-type", "application/x-www-form-urlencoded").header("cookie", cookies)
}

/// Who is in the lobby.
async fn here(server: &Server) -> Vec<String> {
    let list = json(send(server.get("/api/channels/chat.lobby/people")).await).await;
    assert_eq!(list["channel"], "chat.lobby");
    let people = list["people"].as_array().unwrap();
    assert_eq!(list["count"], people.len());
    people.iter().map(|person| person["name"].as_str().unwrap_or("?").to_owned()).collect()
}

/// Reads changes until these are here, by their ids.
async fn told(stream: &mut crate::support::Blocks, expected: &[(&str, &str)]) {
    let mut people = BTreeMap::new();
    let mut version = 0;
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
    soon("the people", async {
        loop {
            let change = stream.passing("presence").await;
            assert!(change["version"].as_u64().unwrap() > version, "versions go up");
            version = change["version"].as_u64().unwrap();
            for person in change["joined"].as_array().unwrap() {
                let text = |field: &str| person[field].as_str().unwrap_or_default().to_owned();
                people.insert(text("id"), text("name"));
            }
            for id in change["left"].as_array().unwrap() {
                people.remove(id.as_str().unwrap());
            }
            if people == expected {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_watches_and_says_who_they_are_is_there() {
    let server = Server::start(&[("STREAM_GRACE", "100ms")]).await;
    let mut looks = server.stream("/api/events?channel=chat.lobby.here").await;
    looks.tail().await;
    let ann =
        server.stream("/api/events?channel=chat.lobby&channel=chat.lobby.here&person=a1&name=Ann").await;
    told(&mut looks, &[("a1", "Ann")]).await;
    // A second device, and somebody who gave no name.
    let again = server.stream("/api/events?channel=chat.lobby.here&person=a1").await;
    let guest = server.stream("/api/events?channel=chat.lobby.here&person=b2&name=").await;
    told(&mut looks, &[("b2", "")]).await;
    assert_eq!(here(&server).await, ["Ann", "?"]);
    drop((ann, guest));
    soon("the guest's end", async {
        while here(&server).await != ["Ann"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(again);
    soon("the end", async {
        while !here(&server).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Only who names the channel itself is there, and a look is no visit.
    let _pattern = server.stream("/api/events?channel=chat.%3E&person=a1&name=Ann").await;
    let head = server.client.head(format!("{}/api/events?channel=chat.lobby.here&person=a1", server.url));
    assert_eq!(send(head).await.status(), 200);
    assert_eq!(here(&server).await, [""; 0]);
}

#[tokio::test]
async fn who_they_are_is_said_properly() {
    let server = Server::start(&[]).await;
    let long = "n".repeat(41);
    for (query, wrong) in [
        ("person=a%20b", "person"),
        ("person=", "person"),
        ("person=a&person=b", "person"),
        ("name=Ann", "person"),
        ("person=a&name=%07", "name"),
        (&*format!("person=a&name={long}"), "name"),
    ] {
        let problem = problem(server.get(&format!("/api/events?channel=chat.lobby.here&{query}")), 400).await;
        assert_eq!(problem["field"], wrong, "{query}");
    }
    problem(server.get("/api/channels/chat.*/people"), 400).await;
    problem(server.get("/api/channels/chat.lobby/people?x=1"), 400).await;
}

#[tokio::test]
async fn only_the_server_says_who_is_there() {
    let server = Server::start(&[]).await;
    let change = r#"{"event":"presence","data":{"version":9,"joined":[],"left":[]}"#;
    for (media_type, body) in [
        ("application/json", format!("{change}}}")),
        ("application/json", format!(r#"{change},"ephemeral":true}}"#)),
        ("application/x-ndjson", format!("{{\"data\":1}}\n{change}}}\n")),
    ] {
        let refused = problem(server.publish_as(media_type, "chat.lobby.here", body), 400).await;
        assert_eq!(refused["field"], "event");
    }
    problem(form(&server, "publish", "", "channel=chat.lobby.here&event=presence&data=x"), 400).await;
    assert!(server.channels().await.is_empty());
    // Elsewhere it is a name like any other.
    let other = server.publish_as("application/json", "chat.lobby", format!("{change}}}"));
    assert_eq!(send(other).await.status(), 201);
}

#[tokio::test]
async fn a_name_that_was_changed_stays_changed_where_an_old_address_is_used() {
    let server = Server::start(&[]).await;
    let path = "/api/events?channel=chat.lobby.here&person=a1&name=Old";
    let cookie = |cookie: &'static str| server.get(path).header("cookie", cookie);
    let _with = send(cookie("person=a1.New")).await;
    assert_eq!(here(&server).await, ["New"]);
    let _other = send(cookie("person=b2.Somebody")).await;
    assert_eq!(here(&server).await, ["Old"], "another browser's cookie says nothing of this person");
    let channels: String = (0..17).map(|number| format!("&channel=chat.{number}.here")).collect();
    let refused = problem(server.get(&format!("/api/events?person=a1{channels}")), 400).await;
    assert_eq!(refused["field"], "channel");
}

#[tokio::test]
async fn after_a_restart_those_are_there_who_come_back() {
    let folder = Folder::new();
    let server = Server::on_disk(&folder, &[]).await;
    let _ann = server.stream("/api/events?channel=chat.lobby.here&person=a1&name=Ann").await;
    let before = json(send(server.get("/api/channels/chat.lobby/people")).await).await;
    assert_eq!(before["count"], 1);
    server.stop().await;
    let server = Server::on_disk(&folder, &[]).await;
    assert_eq!(here(&server).await, [""; 0]);
    let _bob = server.stream("/api/events?channel=chat.lobby.here&person=b2&name=Bob").await;
    let after = json(send(server.get("/api/channels/chat.lobby/people")).await).await;
    assert_eq!(after["people"], json!([{ "id": "b2", "name": "Bob" }]));
    assert!(after["version"].as_u64() >= before["version"].as_u64());
}

#[tokio::test]
async fn a_form_says_something_under_the_name_that_was_given() {
    let server = Server::start(&[]).await;
    // Once one's name, which comes back in a cookie.
    let back = format!("{}/rooms/lobby", server.url);
    let named = form(&server, "introduce", "", "name=++Ann+%20Lee").header("accept", "text/html");
    let named = send(named.header("referer", &back)).await;
    assert_eq!(
        (named.status().as_u16(), named.headers()["location"].to_str().unwrap()),
        (302, "/rooms/lobby")
    );
    let cookie = named.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with(".Ann%20Lee; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    for _ in 0..2 {
        let said = form(&server, "say", cookie, "room=lobby&text=a%0D%0Ab&key=k1");
        assert_eq!(send(said).await.status(), 200);
    }
    let kept = server.kept("chat.lobby").await;
    let said: Value = serde_json::from_str(&kept[0]).unwrap();
    assert_eq!((kept.len(), &said["text"], &said["key"]), (1, &json!("a\nb"), &json!("k1")));
    assert_eq!(said["from"]["name"], "Ann Lee");
    assert_eq!(cookie, format!("person={}.Ann%20Lee", said["from"]["id"].as_str().unwrap()));
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_and_published_nowhere() {
    let server = Server::start(&[]).await;
    for (function, cookies, body, wrong) in [
        ("say", "", "room=lobby&text=hi", "name"),
        ("say", "person=a1.", "room=lobby&text=hi", "name"),
        ("say", "person=%20.Ann", "room=lobby&text=hi", "name"),
        ("say", ANN, "room=lobby&text=+%0A", "text"),
        ("say", ANN, "room=a.b&text=hi", "room"),
        ("say", ANN, "room=%2A&text=hi", "room"),
        ("say", ANN, "room=lobby&picture=data:image/svg%2Bxml;base64,AAAA", "picture"),
        ("say", ANN, "room=lobby&picture=https://example.org/a.png", "picture"),
        ("say", ANN, "room=lobby&text=hi&key=%07", "key"),
        ("introduce", "", "name=", "name"),
        ("introduce", "", "name=%07", "name"),
        ("typing", "", "room=lobby", "name"),
        ("typing", ANN, "room=", "room"),
        ("read", "", "room=lobby&up_to=x", "up_to"),
        ("read", "", "room=a.b&up_to=1-1", "room"),
    ] {
        let problem = problem(form(&server, function, cookies, body), 400).await;
        assert_eq!(problem["field"], wrong, "{function} {body}");
    }
    assert_eq!(send(form(&server, "say", ANN, "room=lobby&text=hi&key=k")).await.status(), 200);
    problem(form(&server, "say", ANN, "room=lobby&text=other&key=k"), 422).await;
    assert_eq!(server.channels().await.len(), 1);
    assert_eq!(server.kept("chat.lobby").await.len(), 1);
}

#[tokio::test]
async fn who_types_is_told_and_not_kept() {
    let server = Server::start(&[]).await;
    let mut stream = server.stream("/api/events?channel=chat.lobby.here").await;
    stream.tail().await;
    assert_eq!(send(form(&server, "typing", ANN, "room=lobby")).await.status(), 200);
    let (event, id, data) = stream.messages(1).await.remove(0);
    assert_eq!((event.as_deref(), id), (Some("typing"), None));
    assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), json!({ "id": "a1", "name": "Ann Lee" }));
    assert!(server.channels().await.is_empty());
}

#[tokio::test]
async fn the_page_has_what_was_said_and_remembers_what_was_read() {
    let server = Server::start(&[]).await;
    for (room, count) in [("lobby", 3), ("long", 60), ("other", 5)] {
        server.counts(&format!("chat.{room}"), count).await;
    }
    server.says("chat.lobby", "<script>alert(1)</script></script><!--").await;
    server.says("chat.a.b", "no room").await;
    let page = send(server.get("/rooms/lobby")).await;
    let cookies: Vec<_> =
        page.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
    assert!(cookies[0].starts_with("person=") && cookies[1].starts_with("read="), "{cookies:?}");
    let html = text(page).await;
    assert!(!html.contains("<script>alert(1)") && html.contains("&lt;script&gt;alert(1)"));
    assert!(html.contains("<title>lobby · Tidings</title>"));
    for room in ["lobby", "long", "other"] {
        assert!(html.contains(&format!("href=\"/rooms/{room}\"")), "{room}");
    }
    assert!(!html.contains("rooms/a"));
    // What comes in a room that was read is unread; of one that never was, nothing is.
    let read: Vec<_> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    server.counts("chat.lobby", 2).await;
    let html = text(send(server.get("/rooms/other").header("cookie", read.join("; "))).await).await;
    assert!(
        html.contains(r#"{"name":"lobby","unread":2}"#) && html.contains(r#"{"name":"long","unread":0}"#)
    );
    // Of a room that was not opened, what came since this browser saw any counts.
    server.counts("chat.long", 1).await;
    let html = text(send(server.get("/rooms").header("cookie", read.join("; "))).await).await;
    assert!(html.contains(r#"{"name":"long","unread":1}"#));
    // Earlier messages, a certain one, and a search: all without scripts.
    let html = text(send(server.get("/rooms/long")).await).await;
    assert_eq!(html.matches("data-id=").count(), 50);
    let first = server.page("/api/channels/chat.long/messages?limit=61").await["messages"][0]["id"].clone();
    let around = text(send(server.get(&format!("/rooms/long?at={}", first.as_str().unwrap()))).await).await;
    assert_eq!(around.matches("data-id=").count(), 26);
    assert!(around.contains("aimed") && around.contains(r#""has_later":true"#));
    soon("the search", async {
        while !text(send(server.get("/rooms/long?q=17")).await).await.contains("class=\"hit-text\"") {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_room_is_said_and_a_form_leads_to_one() {
    let server = Server::start(&[]).await;
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let get = |path: &str| client.get(format!("{}{path}", server.url)).header("accept-language", "en");
    let entered = send(get("/rooms?room=+new-one+")).await;
    assert_eq!(
        (entered.status().as_u16(), entered.headers()["location"].to_str().unwrap()),
        (303, "/rooms/new-one")
    );
    assert_eq!(send(get("/rooms")).await.status(), 200);
    for path in ["/rooms?room=a.b", "/rooms/a.b", "/rooms/%2A", "/rooms/%E5%A4%A7", "/rooms/%ff"] {
        let wrong = send(get(path)).await;
        assert_eq!(wrong.status(), 400, "{path}");
        assert!(text(wrong).await.contains("1 to 64 letters"), "{path}");
    }
}
