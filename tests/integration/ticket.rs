//! Tickets: how a page ends its stream on the server.

use crate::support::{Server, field, json, problem, send};
use reqwest::RequestBuilder;

async fn connect(server: &Server) -> (String, String) {
    let address = json(send(server.post("/api/page/connect")).await).await;
    assert_eq!(address["events"], serde_json::json!(["update", "hi", "end"]));
    assert_eq!(address["retry_ms"], 2000);
    let text = |name: &str| address[name].as_str().unwrap().to_owned();
    (text("url"), text("ticket"))
}

fn disconnect(server: &Server, ticket: &str) -> RequestBuilder {
    let form =
        server.post("/api/page/disconnect").header("content-type", "application/x-www-form-urlencoded");
    form.body(format!("ticket={ticket}"))
}

#[tokio::test]
async fn a_ticket_ends_its_own_stream_at_once_and_for_good() {
    let server = Server::slow().await;
    let ((mine, ticket), (other, _)) = (connect(&server).await, connect(&server).await);
    assert_ne!(mine, other);
    let (mut stream, mut others) = (server.stream(&mine).await, server.stream(&other).await);
    let blocks = stream.take(5).await;
    others.take(5).await;
    assert_eq!(send(disconnect(&server, &ticket)).await.status(), 200);
    assert_eq!(stream.rest().await, [""; 0]);
    server.has_streams(1).await;
    // Also a reconnect that was on its way.
    let resume = format!("{mine}&last_event_id={}", field(&blocks[4], "id").unwrap());
    assert_eq!(send(server.get(&resume)).await.status(), 204);
    assert_eq!(send(server.client.head(format!("{}{resume}", server.url))).await.status(), 204);
    assert_eq!(send(disconnect(&server, &ticket)).await.status(), 200, "ending it twice is no mistake");
}

#[tokio::test]
async fn a_reconnect_takes_over_from_a_connection_that_is_not_known_to_be_dead() {
    let server = Server::slow().await;
    let (address, _) = connect(&server).await;
    let mut first = server.stream(&address).await;
    first.take(5).await;
    let mut second = server.stream(&address).await;
    second.take(5).await;
    assert_eq!(first.rest().await, [""; 0]);
    server.has_streams(1).await;
    // Asking is not connecting.
    send(server.client.head(format!("{}{address}", server.url))).await;
    server.has_streams(1).await;
}

#[tokio::test]
async fn a_ticket_from_before_a_restart_is_good() {
    let (address, _) = connect(&Server::slow().await).await;
    let server = Server::slow().await;
    server.stream(&address).await.take(5).await;
}

#[tokio::test]
async fn what_is_no_ticket_is_refused() {
    let server = Server::slow().await;
    for bad in ["", "x", "0", &"A".repeat(32), &"0".repeat(33)] {
        assert_eq!(problem(server.get(&format!("/api/sse?ticket={bad}")), 400).await["field"], "ticket");
        problem(disconnect(&server, bad), 400).await;
    }
    problem(server.post("/api/page/disconnect"), 400).await;
    server.has_streams(0).await;
}
