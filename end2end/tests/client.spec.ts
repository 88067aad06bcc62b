import type { IncomingMessage } from "node:http";
import { expect, LivePage, test as base } from "./fixtures.js";
import { Proxy } from "./proxy.js";
import { answerWith, gateway } from "./server.js";

const OPEN = "已连接";
const WAITING = "等待重连";
const FAILED = "连接失败";

const test = base.extend<{ way: Proxy }>({
  settings: { TIDINGS_STREAM_RETRY: "2s", TIDINGS_STREAM_HEARTBEAT: "200ms" },
  /** A way to `ownServer` that can be cut and muted. */
  way: async ({ ownServer }, use) => {
    const proxy = await Proxy.to(ownServer.url);
    await use(proxy);
    proxy.close();
  },
});

/** How the page asked for streams so far. */
function asked(live: LivePage): string[] {
  const types: string[] = [];
  live.page.on("request", (request) => {
    if (/\/api\/(sse|events)/.test(request.url())) types.push(request.resourceType());
  });
  return types;
}

/** The page about the channel news, connected. */
async function watch(live: LivePage, server: { url: string }): Promise<void> {
  await live.open({ server, path: "/?channel=news" });
  await expect(live.title).toHaveText(OPEN);
}

const isStream = ({ url }: IncomingMessage) => url?.startsWith("/api/events") ?? false;

test("channels come by fetch, the tutorials' streams by an EventSource", async ({ live, ownServer }) => {
  const types = asked(live);
  await watch(live, ownServer);
  await ownServer.publish("news", "one");
  await ownServer.publish("news", "zwei\n三", "named");
  await expect(live.rows).toHaveCount(2);
  expect(await live.data()).toEqual(["one", "zwei\n三"]);
  expect(types).toEqual(["fetch"]);
  await live.open({ server: ownServer });
  await live.connect.click();
  await expect(live.title).toHaveText(OPEN);
  expect(types).toEqual(["fetch", "eventsource"]);
});

test("cut in the middle of a message, again and again: it comes whole, and once", async ({ live, ownServer, way }) => {
  await watch(live, way);
  const expected: string[] = [];
  for (const size of [50_000, 200_000, 400_000]) {
    way.cutAfter(size / 2);
    expected.push("x".repeat(size), `after ${size}`);
    for (const text of expected.slice(-2)) await ownServer.publish("news", text);
    await expect.poll(() => way.isCut).toBe(true);
    await expect(live.title).toHaveText(WAITING);
    way.restore();
    await expect(live.title).toHaveText(OPEN, { timeout: 20_000 });
    await expect(live.rows).toHaveCount(expected.length);
  }
  expect((await live.exported()).map(({ data }) => data.length)).toEqual(expected.map((text) => text.length));
});

test("a connection that falls silent is given up, and nothing is missed", async ({ live, ownServer, way }) => {
  await watch(live, way);
  await ownServer.publish("news", "before");
  await live.receives(1);
  // Heartbeats alone keep it, for longer than a silence may be.
  await live.page.waitForTimeout(3_000);
  await expect(live.title).toHaveText(OPEN);
  way.mute();
  await ownServer.publish("news", "into the silence");
  await expect(live.title).toHaveText(WAITING);
  await expect(live.detail).toHaveText(/太久没有收到任何数据/);
  way.restore();
  await expect(live.title).toHaveText(OPEN, { timeout: 40_000 });
  await ownServer.publish("news", "after");
  await expect(live.rows).toHaveCount(3);
  expect(await live.data()).toEqual(["before", "into the silence", "after"]);
});

test("a server that takes the connection and never answers is not waited for for ever", async ({ live, way }) => {
  await watch(live, way);
  await live.disconnect.click();
  way.mute();
  await live.connect.click();
  await expect(live.title).toHaveText("正在连接");
  await expect(live.title).toHaveText(WAITING, { timeout: 30_000 });
  way.restore();
  await expect(live.title).toHaveText(OPEN, { timeout: 40_000 });
});

for (const [what, status, headers, title, detail] of [
  ["says that it is over", 204, {}, "已结束", /已发完全部消息/],
  ["refuses", 404, {}, FAILED, "服务器上没有这个消息流（404）。"],
  ["answers with a page", 200, { "content-type": "text/html" }, FAILED, /不是消息流/],
  ["fails", 500, {}, WAITING, /暂时无法提供服务（500）/],
  ["is busy for a while", 503, { "retry-after": "50" }, WAITING, /^[45]\d 秒后.*（503）/],
  ["is busy until some time", 429, { "retry-after": () => inSeconds(50) }, WAITING, /^[45]\d 秒后.*（429）/],
] as const) {
  test(`a server that ${what} when the channel is resumed`, async ({ live, ownServer }) => {
    await watch(live, ownServer);
    await ownServer.stop("SIGKILL");
    const other = await answerWith((_, response) => {
      for (const [name, value] of Object.entries(headers)) {
        response.setHeader(name, typeof value === "function" ? value() : value);
      }
      response.writeHead(status).end();
    }, ownServer.url);
    try {
      await expect(live.title).toHaveText(title, { timeout: 10_000 });
      await expect(live.detail).toHaveText(detail, { timeout: 10_000 });
    } finally {
      await other.close();
    }
  });
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toUTCString();
}

test("a body that ends at once, every time, is tried again ever later", async ({ live, ownServer }) => {
  await watch(live, ownServer);
  await ownServer.stop("SIGKILL");
  let requests = 0;
  const other = await answerWith((_, response) => {
    requests++;
    response.writeHead(200, { "content-type": "text/event-stream" }).end();
  }, ownServer.url);
  try {
    await expect(live.detail).toHaveText(/第 5 次重连/, { timeout: 40_000 });
    expect(requests).toBe(4);
  } finally {
    await other.close();
  }
  await ownServer.restart();
  await expect(live.title).toHaveText(OPEN, { timeout: 40_000 });
});

test("the stream's own word on the wait counts", async ({ live, ownServer }) => {
  await watch(live, ownServer);
  await ownServer.stop("SIGKILL");
  const other = await answerWith((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end("retry: 50000\n\n");
  }, ownServer.url);
  await expect(live.detail).toHaveText(/^[45]\d 秒后第 2 次重连/, { timeout: 20_000 });
  await other.close();
});

test("an event that is larger than the page takes is said, and not asked for again", async ({ live, ownServer }) => {
  await watch(live, ownServer);
  await ownServer.stop("SIGKILL");
  let requests = 0;
  const other = await answerWith((_, response) => {
    requests++;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${"x".repeat(17 << 20)}\n\n`);
  }, ownServer.url);
  try {
    await expect(live.title).toHaveText(FAILED, { timeout: 20_000 });
    await expect(live.detail).toHaveText(/16 MiB/);
    expect(requests).toBe(1);
  } finally {
    await other.close();
  }
});

test.describe("behind a gateway that lets a ticket expire", () => {
  const ticketOf = ({ url }: IncomingMessage) => /ticket=(\w+)/.exec(url ?? "")?.[1] ?? "";

  test("a fresh address is asked for, and the channel goes on", async ({ live, ownServer }) => {
    const expired = new Set<string>();
    const seen: string[] = [];
    const front = await gateway(ownServer.url, (request, response) => {
      if (!isStream(request)) return false;
      const ticket = ticketOf(request);
      seen.push(ticket);
      if (expired.has(ticket)) response.writeHead(401).end();
      return expired.has(ticket);
    });
    try {
      await watch(live, front);
      await ownServer.publish("news", "one");
      await live.receives(1);
      expired.add(seen[0]);
      await ownServer.stop("SIGKILL");
      await expect(live.title).toHaveText(WAITING);
      await ownServer.restart();
      await expect(live.title).toHaveText(OPEN, { timeout: 20_000 });
      const [first, second, ...more] = seen.slice(seen.lastIndexOf(seen[0]));
      expect([first, more]).toEqual([seen[0], []]);
      expect(second).not.toBe(first);
      await ownServer.publish("news", "two");
      await expect(live.rows).toHaveCount(2);
    } finally {
      await front.close();
    }
  });

  test("where the fresh one is refused, too, it is said", async ({ live, ownServer }) => {
    let isShut = false;
    let requests = 0;
    const front = await gateway(ownServer.url, (request, response) => {
      if (!isStream(request)) return false;
      requests++;
      if (isShut) response.writeHead(401).end();
      return isShut;
    });
    try {
      await watch(live, front);
      [isShut, requests] = [true, 0];
      await live.disconnect.click();
      await live.connect.click();
      await expect(live.title).toHaveText(FAILED);
      await expect(live.detail).toHaveText("服务器不允许访问这个消息流（401）。");
      expect(requests).toBe(2);
    } finally {
      await front.close();
    }
  });
});

test("without a network the page says so at once, and with one it goes on", async ({ live, ownServer, context }) => {
  await watch(live, ownServer);
  await context.setOffline(true);
  await expect(live.title).toHaveText(WAITING);
  await ownServer.publish("news", "meanwhile");
  await context.setOffline(false);
  await expect(live.title).toHaveText(OPEN, { timeout: 20_000 });
  await expect(live.rows).toHaveCount(1);
});

// Playwright switches the cache off, so this needs a browser of its own.
test("a page that is kept for the way back holds no connection, and has all on return", async ({
  playwright,
  launchOptions,
  ownServer,
}) => {
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  const browser = await playwright.chromium.launch({ ...launchOptions, ignoreDefaultArgs });
  try {
    const page = await browser.newPage({ locale: "zh-CN" });
    const live = new LivePage(page, ownServer.url);
    await watch(live, ownServer);
    await page.evaluate(() => ((window as any).isKept = true));
    for (let round = 1; round <= 3; round++) {
      await page.goto(`${ownServer.url}/docs/api`);
      await expect.poll(() => ownServer.streams()).toBe(0);
      await ownServer.publish("news", `in round ${round}`);
      // What Playwright waits for when it goes back itself does not happen.
      await page.evaluate(() => history.back());
      await expect(live.title).toHaveText(OPEN);
      expect(await page.evaluate(() => (window as any).isKept), "it is the same page").toBe(true);
      await expect(live.rows).toHaveCount(round);
    }
    expect(await live.data()).toEqual(["in round 1", "in round 2", "in round 3"]);
  } finally {
    await browser.close();
  }
});
