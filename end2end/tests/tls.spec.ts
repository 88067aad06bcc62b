import { expect, LivePage, test } from "./fixtures.js";
import { Server } from "./server.js";

test.use({ ignoreHTTPSErrors: true });

// The certificate is made for each start; Node is told that it knows it.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

/** More streams of one page than a browser opens over HTTP/1.1, all tabs together: six. */
const STREAMS = 20;

test("over HTTP/2 one browser has more than six streams", async ({ page }) => {
  const server = await Server.start({}, "--tls-self-signed");
  try {
    expect(server.url).toMatch(/^https:/);
    const answer = await page.goto(`${server.url}/?channel=news`);
    expect(answer?.status()).toBe(200);
    expect(answer?.headers()["strict-transport-security"]).toBe("max-age=31536000");
    const opened = await page.evaluate(async (count) => {
      const streams = Array.from({ length: count }, () => new EventSource("/api/events?channel=news"));
      await Promise.all(streams.map((stream) => new Promise((open) => (stream.onopen = open))));
      const heard = streams.map((stream) => new Promise((hear) => (stream.onmessage = (event) => hear(event.data))));
      await fetch("/api/channels/news/messages", { method: "POST", body: "to all" });
      const data = await Promise.all(heard);
      const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
      streams.forEach((stream) => stream.close());
      return { data: [...new Set(data)], protocol: entry.nextHopProtocol };
    }, STREAMS);
    expect(opened).toEqual({ data: ["to all"], protocol: "h2" });
    const live = new LivePage(page, server.url);
    await expect(live.rows).toHaveCount(1);
    // What was closed has ended on the server; the page's own goes on.
    await expect.poll(() => server.streams()).toBe(1);
  } finally {
    await server.stop("SIGKILL");
  }
});
