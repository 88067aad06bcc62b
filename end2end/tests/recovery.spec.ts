import { mkdir } from "node:fs/promises";
import { ALL_STEPS, expect, test } from "./fixtures.js";
import { kill } from "./kills.js";
import { answerWith } from "./server.js";

test.beforeEach(async ({ live, ownServer }) => {
  await live.open({ server: ownServer });
});

test("a server that is killed and comes back: wait, countdown, open again, nothing twice", async ({
  live,
  ownServer,
}) => {
  await live.detail.evaluate((detail) => {
    const shown: string[] = ((window as any).shown = []);
    new MutationObserver(() => shown.push(detail.textContent ?? "")).observe(detail, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  await live.connect.click();
  await live.receives(4);
  await ownServer.stop("SIGKILL");
  await expect(live.title).toHaveText("等待重连");
  // Nobody is there yet: the next attempts fail and are counted.
  await expect(live.detail).toHaveText(/第 4 次重连。连接中断，或服务器没有应答。/, { timeout: 30_000 });
  const countdowns: number[][] = [[], [], [], [], []];
  for (const text of await live.page.evaluate(() => (window as any).shown as string[])) {
    const [, seconds, attempt] = /^(\d+) 秒后第 (\d) 次重连/.exec(text) ?? [];
    if (seconds) countdowns[Number(attempt)].push(Number(seconds));
  }
  for (const countdown of countdowns.slice(1, 4)) {
    expect(countdown.length).toBeGreaterThan(0);
    const down = [...new Set(countdown)].sort((a, b) => b - a);
    expect(countdown, "every wait counts down, and only down").toEqual(down);
  }
  await ownServer.restart();
  await expect(live.title).toHaveText("已连接", { timeout: 20_000 });
  await expect(live.title).toHaveText("已结束", { timeout: 10_000 });
  expect(await live.steps()).toEqual(ALL_STEPS);
});

test("a wait can be cut short, and left", async ({ live, ownServer }) => {
  await live.connect.click();
  await live.receives(4);
  await ownServer.stop("SIGKILL");
  await expect(live.title).toHaveText("等待重连");
  await ownServer.restart();
  await live.page.getByRole("button", { name: "立即重连" }).click();
  await expect(live.title).toHaveText("已连接");
  await ownServer.stop("SIGKILL");
  await expect(live.title).toHaveText("等待重连");
  await live.disconnect.click();
  await expect(live.title).toHaveText("已断开");
  await ownServer.restart();
  await live.page.waitForTimeout(2_500);
  expect(await ownServer.streams()).toBe(0);
});

test("an orderly shutdown is a pause as well", async ({ live, ownServer }) => {
  await live.connect.click();
  await live.receives(4);
  await ownServer.stop("SIGTERM");
  await expect(live.title).toHaveText("等待重连");
  await ownServer.restart();
  await expect(live.title).toHaveText("已结束", { timeout: 15_000 });
  expect(await live.steps()).toEqual(ALL_STEPS);
});

for (const [what, status, contentType, title, reason] of [
  ["refuses", 404, "text/plain", "连接失败", "服务器上没有这个消息流（404）。"],
  ["answers with a page", 200, "text/html", "连接失败", /不是消息流/],
  ["is overloaded", 503, "text/plain", "等待重连", /暂时无法提供服务（503）/],
  ["says that it is over", 204, "text/plain", "已结束", /已发完全部消息/],
] as const) {
  test(`a server that ${what} when the stream is resumed`, async ({ live, ownServer }) => {
    await live.connect.click();
    await live.receives(4);
    await ownServer.stop("SIGKILL");
    // Something else now has the port.
    const other = await answerWith((_, response) => {
      response.writeHead(status, { "content-type": contentType }).end();
    }, ownServer.url);
    try {
      await expect(live.title).toHaveText(title, { timeout: 10_000 });
      await expect(live.detail).toHaveText(reason, { timeout: 10_000 });
    } finally {
      await other.close();
    }
  });
}

test.describe("with a server that asks for a long wait", () => {
  test.use({ settings: { TIDINGS_DEMO_INTERVAL: "1s", TIDINGS_STREAM_RETRY: "1m" } });

  test("without a network the page says so at once, and with one it does not wait", async ({ live, context }) => {
    await live.connect.click();
    await live.receives(4);
    await context.setOffline(true);
    await expect(live.title).toHaveText("等待重连");
    await expect(live.detail).toHaveText(/^6\d 秒后第 1 次重连/);
    await context.setOffline(false);
    await expect(live.title).toHaveText("已结束", { timeout: 15_000 });
    expect(await live.steps()).toEqual(ALL_STEPS);
  });
});

test("a proxy that has no server behind it when Connect is pressed: wait, do not give up", async ({
  live,
  ownServer,
}) => {
  await ownServer.stop("SIGKILL");
  const proxy = await answerWith((_, response) => {
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>502 Bad Gateway</h1>");
  }, ownServer.url);
  try {
    await live.connect.click();
    await expect(live.title).toHaveText("等待重连");
  } finally {
    await proxy.close();
  }
  await ownServer.restart();
  await expect(live.title).toHaveText("已结束", { timeout: 20_000 });
  expect(await live.steps()).toEqual(ALL_STEPS);
});

test("a server that is killed over and over while messages flow: each is there once, in order", async ({ live }, info) => {
  test.slow();
  await mkdir(info.outputPath(), { recursive: true });
  await kill(live, { folder: info.outputPath(), kills: 10, messages: 2_000 });
});
