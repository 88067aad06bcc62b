//! The pages and what else is answered over HTTP.

use crate::support::{Server, client_builder, json, problem, send, soon, text};
use reqwest::redirect::Policy;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn the_page_is_rendered_in_the_person_s_language_and_theme() {
    let server = Server::fast().await;
    for (accept, cookie, expected) in [
        ("zh-CN,zh;q=0.9", "", r#"<html lang="zh-CN" data-theme="system">"#),
        ("fr", "", r#"<html lang="en" data-theme="system">"#),
        ("zh", "language=en; theme=dark", r#"<html lang="en" data-theme="dark">"#),
    ] {
        let page = send(server.get("/").header("accept-language", accept).header("cookie", cookie)).await;
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.headers()["cache-control"], "private, no-cache");
        let vary: Vec<_> =
            page.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.contains(&"Accept-Language, Cookie"), "{vary:?}");
        let html = text(page).await;
        assert!(html.contains(expected), "{html}");
        assert!(html.contains(&format!("curl -N {}/api/sse", server.url)));
    }
}

#[tokio::test]
async fn the_page_is_compressed_where_that_is_wanted() {
    let server = Server::fast().await;
    for (accept, encoding) in [("br", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
        let page = send(server.get("/").header("accept-encoding", accept)).await;
        assert_eq!(page.headers().get("content-encoding").map(|value| value.to_str().unwrap()), encoding);
    }
}

#[tokio::test]
async fn a_host_header_is_text_and_nothing_else() {
    let server = Server::fast().await;
    let mut socket = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nhost: <script>alert(1)</script>\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    soon("the page", socket.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains("<script>alert(1)"), "{answer}");
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_people_and_a_problem_for_programs() {
    let server = Server::fast().await;
    for path in ["/nothing", "/pkg/nothing.js", "/..%2f..%2fCargo.toml", "/%00", "/nothing?x=1"] {
        let page = send(server.get(path).header("accept-language", "zh")).await;
        assert_eq!(page.status(), 404, "{path}");
        assert!(text(page).await.contains("没有这个页面"), "{path}");
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/sse/", "/api/page/x/y"] {
        assert!(problem(server.get(path), 404).await["detail"].as_str().unwrap().contains(path));
    }
    problem(server.post("/api/page/nothing"), 404).await;
    problem(server.get("/api/page/connect"), 405).await;
    problem(server.post("/"), 405).await;
}

#[tokio::test]
async fn health_counts_the_open_streams() {
    let server = Server::slow().await;
    let health = || async { json(send(server.get("/healthz")).await).await };
    assert_eq!(health().await, serde_json::json!({ "status": "ok", "streams": 0 }));
    let mut stream = server.stream("/api/sse").await;
    stream.take(1).await;
    assert_eq!(health().await, serde_json::json!({ "status": "ok", "streams": 1 }));
}

#[tokio::test]
async fn preferences_are_remembered_in_cookies_and_a_form_goes_back_to_its_page() {
    let server = Server::fast().await;
    let client = client_builder().redirect(Policy::none()).build().unwrap();
    let form = |body: &'static str| {
        let request = client.post(format!("{}/api/page/prefer", server.url)).body(body);
        request.header("content-type", "application/x-www-form-urlencoded")
    };
    let page = format!("{}/some/page", server.url);
    let answer =
        send(form("theme=dark&language=zh").header("accept", "text/html").header("referer", &page)).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (302, "/some/page")
    );
    let cookies: Vec<_> =
        answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let attributes = "Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax";
    assert_eq!(cookies, [format!("language=zh; {attributes}"), format!("theme=dark; {attributes}")]);
    for bad in ["theme=pink", "language=tlh", "theme=dark%0d%0aset-cookie: x=y"] {
        problem(form(bad), 400).await;
    }
}

#[tokio::test]
async fn another_site_cannot_call_the_page_s_functions() {
    let server = Server::fast().await;
    let connect = |site: &'static str| server.post("/api/page/connect").header("sec-fetch-site", site);
    for site in ["cross-site", "same-site", "nonsense"] {
        assert_eq!(problem(connect(site), 403).await["field"], "Sec-Fetch-Site");
    }
    for site in ["same-origin", "none"] {
        assert_eq!(send(connect(site)).await.status(), 200);
    }
}

#[tokio::test]
async fn behind_a_proxy_with_tls_the_command_is_for_https() {
    let server = Server::fast().await;
    let page = server.get("/").header("x-forwarded-proto", "https").header("host", "news.example");
    assert!(text(send(page).await).await.contains("curl -N https://news.example/api/sse"));
}
