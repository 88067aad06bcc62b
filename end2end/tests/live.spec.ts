import { ALL_STEPS, expect, test } from "./fixtures.js";

test("connecting shows every event with its own id and type, and ends for good", async ({ live, server }) => {
  await live.open();
  await expect(live.title).toHaveText("未连接");
  await live.connect.click();
  await expect(live.title).toHaveText("已连接");
  await expect(live.title).toHaveText("已结束");
  await expect(live.count).toHaveText("9");
  const events = await live.events();
  expect(events.map(({ step }) => step)).toEqual(ALL_STEPS);
  expect(events.map(({ name }) => name)).toEqual([
    "message",
    "update",
    "hi",
    ...Array<string>(5).fill("message"),
    "end",
  ]);
  expect(events.filter(({ name }) => name !== "message").map(({ data }) => data)).toEqual([
    "bye-bye",
    "hi",
    "结束通信。",
  ]);
  for (const [index, text] of ["Hello, world!", ...[1, 2, 3, 4, 5].map((n) => `hi，这是第 ${n} 条消息。`)].entries()) {
    const event = events.filter(({ name }) => name === "message")[index];
    expect(JSON.parse(event.data)).toMatchObject({ message: text, id: expect.stringMatching(`-${event.step}$`) });
  }
  // An EventSource would be back by now.
  const requests: string[] = [];
  live.page.on("request", (request) => requests.push(request.url()));
  await expect.poll(() => server.streams()).toBe(0);
  await live.page.waitForTimeout(2_500);
  expect(requests).toEqual([]);
  await expect(live.title).toHaveText("已结束");
});

test("pressing connect again and again opens one stream", async ({ live }) => {
  const streams: string[] = [];
  live.page.on("request", (request) => request.url().includes("/api/sse") && streams.push(request.url()));
  await live.open();
  await live.connect.evaluate((button: HTMLElement) => {
    for (let i = 0; i < 5; i++) button.click();
  });
  await expect(live.title).toHaveText("已连接");
  await live.connect.evaluate((button: HTMLElement) => button.click());
  await expect(live.title).toHaveText("已结束");
  expect(streams).toHaveLength(1);
  await expect(live.count).toHaveText("9");
});

test("disconnecting in mid-stream stops the rows and is seen by the server", async ({ live, ownServer }) => {
  const page = live.page;
  await live.open({ server: ownServer });
  await live.connect.click();
  await live.receives(4);
  expect(await ownServer.streams()).toBe(1);
  const told = page.waitForResponse((response) => response.url().endsWith("/api/page/disconnect"));
  await live.disconnect.click();
  await expect(live.title).toHaveText("已断开");
  expect((await told).status()).toBe(200);
  await expect.poll(() => ownServer.streams()).toBe(0);
  const count = await live.rows.count();
  await page.waitForTimeout(1_500);
  await expect(live.rows).toHaveCount(count);
  // A new run, below the rows of the old one.
  await live.connect.click();
  await expect(live.title).toHaveText("已结束", { timeout: 10_000 });
  await expect(live.rows).toHaveCount(count + 9);
});

test("disconnecting before the server has answered opens nothing", async ({ live }) => {
  await live.open();
  const streams: string[] = [];
  live.page.on("request", (request) => request.url().includes("/api/sse") && streams.push(request.url()));
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await live.page.route("**/api/page/connect", async (route) => {
    await held;
    await route.continue();
  });
  await live.connect.click();
  await expect(live.title).toHaveText("正在连接");
  await live.disconnect.click();
  await expect(live.title).toHaveText("已断开");
  const answered = live.page.waitForResponse("**/api/page/connect");
  answer();
  await (await answered).finished();
  // Another run, whose stream would come after that of the first.
  await live.connect.click();
  await expect(live.title).toHaveText("已结束");
  expect(streams).toHaveLength(1);
});

test("a clear can be undone, also while rows arrive", async ({ live, ownServer }) => {
  await live.open({ server: ownServer });
  await live.connect.click();
  await live.receives(4);
  await live.clear.click();
  const cleared = Number(/已清空 (\d+) 条消息/.exec((await live.page.locator(".undo").textContent()) ?? "")?.[1]);
  expect(cleared).toBeGreaterThanOrEqual(4);
  await live.receives(1);
  expect(await live.steps()).toEqual(ALL_STEPS.slice(cleared, cleared + (await live.rows.count())));
  await live.undo.click();
  await expect(live.undo).toBeHidden();
  await expect(live.title).toHaveText("已结束", { timeout: 10_000 });
  expect(await live.steps()).toEqual(ALL_STEPS);
});

// In real time: the ids of a faked clock's timers are beyond what the WebAssembly can hold, so it could not stop them.
test("the offer to undo goes away, and the rows with it, but not while a person is at it", async ({ live }) => {
  await live.open();
  await live.connect.click();
  await expect(live.title).toHaveText("已结束");
  await live.clear.click();
  await live.undo.focus();
  await live.page.waitForTimeout(9_000);
  await expect(live.undo).toBeVisible();
  await live.undo.blur();
  await expect(live.undo).toBeHidden({ timeout: 12_000 });
  await expect(live.rows).toHaveCount(0);
  await expect(live.page.getByText("还没有消息")).toBeVisible();
});

test("the list follows its end until the person scrolls up", async ({ live }) => {
  await live.page.setViewportSize({ width: 360, height: 560 });
  await live.open();
  const below = () => live.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);
  await live.connect.click();
  await expect(live.title).toHaveText("已结束");
  await expect.poll(below).toBeLessThan(2);
  await live.log.evaluate((log) => (log.scrollTop = 0));
  await live.connect.click();
  await live.receives(18);
  expect(await live.log.evaluate((log) => log.scrollTop)).toBe(0);
});

test("the command for the terminal is the one for this server", async ({ live, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await live.open();
  await live.page.getByRole("button", { name: "复制" }).click();
  await expect(live.page.getByRole("button", { name: "已复制" })).toBeVisible();
  const command = `curl -N ${server.url}/api/sse`;
  expect(await live.page.evaluate(() => navigator.clipboard.readText())).toBe(command);
  await expect(live.page.getByText(command)).toBeVisible();
});
