//! The hub's own figures: `GET /api/stats`, the channel `hub.stats`, and the board that the server renders of them.

use super::support::{Server, json, problem, soon, text};

#[tokio::test]
async fn figures_come_every_second_and_are_kept() {
    let server = Server::start(&[]).await;
    let mut stream = server.stream("/api/events?channel=hub.stats").await;
    for n in 0..20 {
        server.publish("news", format!("message {n}")).send().await.unwrap();
    }
    let mut published = 0.0;
    let sample = soon("figures", async {
        loop {
            let sample = stream.passing("stats").await;
            published += sample["published"].as_f64().unwrap();
            if published > 15.0 {
                return sample;
            }
        }
    })
    .await;
    assert_eq!(sample["subscribers"], 1);
    assert!(sample["commit_p50"].is_number() || sample["fan_out_p99"].is_number(), "{sample}");
    if cfg!(target_os = "linux") {
        assert!(sample["memory"].as_u64().unwrap() > 1 << 20);
    }
    let kept = json(server.get("/api/stats").send().await.unwrap()).await;
    assert_eq!(kept["interval"], 1_000);
    assert!(kept["samples"].as_array().unwrap().contains(&sample));
    problem(server.get("/api/stats?since=1"), 400).await;
}

#[tokio::test]
async fn a_board_has_the_numbers_that_are_kept() {
    let server = Server::start(&[]).await;
    for data in [r#"{"tea": {"price": 12.5}}"#, "no JSON", r#"{"tea": 3}"#] {
        server.publish("prices", data).send().await.unwrap();
    }
    let page = text(server.get("/board?channel=prices&field=tea.price").send().await.unwrap()).await;
    assert!(page.contains("prices tea.price"));
    assert_eq!(page.matches(r#""value":12.5"#).count(), 1);
    assert_eq!(page.matches(r#""value":"#).count(), 1);
    let refused = server.get("/board?channel=a.*&field=b").send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(text(refused).await.contains("chart-wrong"));
    let evil =
        text(server.get("/board?channel=a&field=%3C%2Fscript%3E%3Cb%20x%3E").send().await.unwrap()).await;
    assert!(evil.contains("&lt;b x") && !evil.contains("<b x"));
}
