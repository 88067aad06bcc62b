import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { overflow, violations } from "./axe.js";
import { expect, type LivePage, test } from "./fixtures.js";
import type { Server } from "./server.js";

/** Publishes 1, 2, 3, … one after the other until it is stopped. */
function publisher(server: Server, channel: string) {
  let running = true;
  let published = 0;
  const done = (async () => {
    while (running) {
      await server.publish(channel, String(published + 1));
      published++;
      // A pace at which the page need not drop rows.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    /** Stops; how many were published. */
    async stop(): Promise<number> {
      running = false;
      await done;
      return published;
    },
    /** Waits until so many more are published. */
    async more(count: number): Promise<void> {
      const enough = published + count;
      await expect.poll(() => published).toBeGreaterThanOrEqual(enough);
    },
  };
}

/** The rows are numbers that follow each other, up to `last`. */
async function expectNumbersUpTo(live: LivePage, last: number): Promise<void> {
  await expect(live.rows.last().locator(".row-data")).toHaveText(String(last));
  const numbers = (await live.allData()).map(Number);
  expect(numbers).toEqual(numbers.map((_, index) => last - numbers.length + 1 + index));
}

test.describe("choosing", () => {
  test("by the picker: from the demo to a channel and to the clock, each with its own address", async ({
    live,
    ownServer,
  }) => {
    await ownServer.publish("chat.lobby", "hello");
    await live.open({ server: ownServer });
    const { page } = live;
    await page.getByRole("link", { name: "频道" }).click();
    await expect(page).toHaveURL(`${ownServer.url}/?stream=channels`);
    await expect(page.getByRole("link", { name: "chat.lobby" })).toBeVisible();
    await page.getByRole("combobox", { name: "频道" }).fill("news, chat.*");
    await page.getByRole("button", { name: "查看" }).click();
    await expect(page).toHaveURL(`${ownServer.url}/?channel=chat.*&channel=news`);
    await expect(live.title).toHaveText("已连接");
    expect(await live.data()).toEqual(["hello"]);
    await page.getByRole("link", { name: "时钟" }).click();
    await expect(page.getByRole("link", { name: "时钟" })).toHaveAttribute("aria-current", "page");
    await page.getByLabel("间隔").fill("60");
    await page.getByRole("button", { name: "应用" }).click();
    await expect(page).toHaveURL(`${ownServer.url}/?stream=clock&interval=60`);
    await live.hydrated();
    await expect(live.title).toHaveText("未连接");
    await live.connect.click();
    await live.receives(1);
    expect(JSON.parse((await live.data())[0])).toMatchObject({ interval: 60 });
  });

  for (const [stream, name] of [
    ["ticker", "update"],
    ["fields", "testEvent"],
  ]) {
    test(`by the address: ${stream}, whose events have names`, async ({ live }) => {
      await live.open({ path: `/?stream=${stream}` });
      await live.connect.click();
      await live.receives(2);
      expect((await live.events()).map((event) => event.name)).toContain(name);
    });
  }

  test("what exists is suggested, also for the second name", async ({ live, ownServer }) => {
    await ownServer.publish("news", "x");
    await live.open({ server: ownServer, path: "/?stream=channels" });
    const field = live.page.getByRole("combobox");
    const suggestions = () => live.page.locator("datalist option").evaluateAll((all) => all.map((one: any) => one.value));
    expect(await suggestions()).toEqual(["news"]);
    await field.fill("chat.*, n");
    expect(await suggestions()).toEqual(["chat.*, news"]);
  });

  test("a wrong name is said at the field before anything is sent", async ({ live }) => {
    await live.open({ path: "/?stream=channels" });
    const requests: string[] = [];
    live.page.on("request", (request) => requests.push(request.url()));
    const field = live.page.getByRole("combobox");
    await field.fill("新闻");
    await field.press("Enter");
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(/不能用“新”/);
    await expect(field).toBeFocused();
    await field.fill("news");
    await expect(field).toHaveAttribute("aria-invalid", "false");
    expect(requests).toEqual([]);
  });

  test("a wrong address says so, and leads on", async ({ page, server }) => {
    const answer = await page.goto(`${server.url}/?chanel=news`);
    expect(answer?.status()).toBe(400);
    await expect(page.getByText("地址中的参数“chanel”无法识别")).toBeVisible();
    await page.getByRole("link", { name: "演示" }).click();
    await expect(page.locator(".connection-title")).toHaveText("未连接");
  });
});

test.describe("the last messages and the live stream", () => {
  test.use({ timezoneId: "Asia/Shanghai" });

  test("are one list, without a gap or a repeat, while a publisher is at it", async ({ live, ownServer }) => {
    const numbers = publisher(ownServer, "numbers");
    await numbers.more(60);
    await live.open({ server: ownServer, path: "/?channel=numbers" });
    await live.receives(50);
    for (let round = 0; round < 5; round++) {
      await numbers.more(10);
      await live.page.reload();
    }
    await live.hydrated();
    await numbers.more(20);
    // What is published while it is not connected is there afterwards.
    await live.disconnect.click();
    await expect(live.title).toHaveText("已断开");
    await numbers.more(20);
    await live.connect.click();
    await expect(live.title).toHaveText("已连接");
    await numbers.more(20);
    const last = await numbers.stop();
    expect(last).toBeGreaterThan(120);
    await expectNumbersUpTo(live, last);
  });

  test("rows stay where they are when the page is taken over; only their time becomes the person's", async ({
    live,
    ownServer,
  }) => {
    for (let n = 1; n <= 50; n++) await ownServer.publish("news", `news ${n}`);
    const complaints: string[] = [];
    live.page.on("console", (message) => complaints.push(message.text()));
    await live.page.addInitScript(() => {
      const shifts: unknown[] = ((window as any).shifts = []);
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.toJSON()))).observe({
        type: "layout-shift",
        buffered: true,
      });
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await live.page.route("**/*.wasm", async (route) => {
      await held;
      await route.continue();
    });
    await live.open({ server: ownServer, path: "/?channel=news", hydrated: false });
    await expect(live.rows.last()).toBeInViewport();
    const times = () => live.rows.locator("time").allTextContents();
    const [before, data] = [await times(), await live.data()];
    release();
    await expect(live.title).toHaveText("已连接");
    const eastwards = (time: string) =>
      new Date(Date.parse(`2026-${time.replace(" ", "T")}Z`) + 8 * 3_600_000).toISOString().slice(5, 23).replace("T", " ");
    expect(before[0]).toMatch(/^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    // Those out of view are not in the document any more.
    await expect(live.log).toHaveClass(/live/);
    const after = await times();
    expect(after.length).toBeGreaterThan(5);
    expect(after).toEqual(before.map(eastwards).slice(-after.length));
    expect(await live.data()).toEqual(data.slice(-after.length));
    await expect(live.rows.last()).toBeInViewport();
    await live.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await live.page.evaluate(() => (window as any).shifts)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("every row of a pattern says its channel", async ({ live, ownServer }) => {
    await ownServer.publish("chat.one", "before", "greeting");
    await ownServer.publish("news", "not this");
    await live.open({ server: ownServer, path: "/?channel=chat.*" });
    await expect(live.title).toHaveText("已连接");
    // A name that an EventSource would take for its own, and one that ends other streams.
    await ownServer.publish("chat.two", "live", "error");
    await ownServer.publish("chat.two", "and on", "end");
    await ownServer.publish("chat.one", "last");
    await expect(live.rows).toHaveCount(4);
    expect(await live.rows.locator(".row-chips").allInnerTexts()).toEqual(
      ["greeting chat.one", "error chat.two", "end chat.two", "message chat.one"].map((text) =>
        text.replace(" ", "\n"),
      ),
    );
    expect(await live.data()).toEqual(["before", "live", "and on", "last"]);
    await expect(live.title).toHaveText("已连接");
    await expect(live.page.locator(".composer")).toHaveCount(0);
  });
});

test.describe("with a log in a file", () => {
  const folders: string[] = [];
  test.use({
    settings: async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "tidings-"));
      folders.push(folder);
      await use({ TIDINGS_LOG_URL: `sqlite:${folder}/log.db`, TIDINGS_STREAM_RETRY: "500ms" });
    },
  });
  test.afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  test("a server that is killed and comes back misses nothing and repeats nothing", async ({ live, ownServer }) => {
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    const expected: string[] = [];
    const publish = async (count: number) => {
      for (let n = 0; n < count; n++) {
        expected.push(`message ${expected.length + 1}`);
        await ownServer.publish("news", expected[expected.length - 1]);
      }
    };
    for (let round = 0; round < 3; round++) {
      await publish(10);
      await ownServer.stop("SIGKILL");
      await expect(live.title).toHaveText("等待重连");
      await ownServer.restart();
      // Some before the page is back, some after.
      await publish(5);
      await expect(live.title).toHaveText("已连接", { timeout: 20_000 });
      await publish(5);
      await live.receives(expected.length);
    }
    expect(await live.allData()).toEqual(expected);
  });
});

test.describe("where little is kept", () => {
  test.use({ settings: { TIDINGS_LOG_RETENTION: '[{ channels = ">", count = 5 }]' } });

  test("a gap is said in words", async ({ live, ownServer }) => {
    await ownServer.publish("news", "first");
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    await live.disconnect.click();
    for (let n = 1; n <= 20; n++) await ownServer.publish("news", String(n));
    const kept = async () => {
      const answer = await fetch(`${ownServer.url}/api/channels/news/messages`);
      return ((await answer.json()) as { messages: unknown[] }).messages.length;
    };
    await expect.poll(kept, { timeout: 20_000 }).toBe(5);
    await live.connect.click();
    await expect(live.rows).toHaveCount(7);
    await expect(live.rows.nth(1)).toContainText("已超过保留期限");
    expect(await live.data()).toEqual(["first", "16", "17", "18", "19", "20"]);
  });
});

test("all of it works by keyboard", async ({ live, ownServer }) => {
  await ownServer.publish("news", "first");
  await live.open({ server: ownServer });
  const press = (key: string) => live.page.keyboard.press(key);
  await live.page.getByRole("link", { name: "频道" }).focus();
  await press("Enter");
  await expect(live.page).toHaveURL(/stream=channels$/);
  await live.hydrated();
  await live.page.getByRole("link", { name: "其他" }).focus();
  await press("Tab");
  await expect(live.page.getByRole("combobox")).toBeFocused();
  await live.page.keyboard.type("news");
  await press("Escape");
  await press("Enter");
  await expect(live.title).toHaveText("已连接");
  await live.log.focus();
  await press("Tab");
  await expect(live.rows.getByRole("button")).toBeFocused();
  await press("Tab");
  await expect(live.page.getByLabel("发布到 news 的消息")).toBeFocused();
  await live.page.keyboard.type("by keyboard");
  await press("Enter");
  await expect(live.rows).toHaveCount(2);
  await expect(live.page.getByLabel("发布到 news 的消息")).toBeFocused();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 720 } });

      test("axe finds nothing and nothing is wider than the screen", async ({ live, ownServer }) => {
        const { page } = live;
        const look = async (what: string) => {
          expect(await violations(page), what).toEqual([]);
          expect(await overflow(page), what).toEqual([0]);
        };
        await page.emulateMedia({ reducedMotion: "reduce" });
        await live.open({ server: ownServer, path: "/?channel=news" });
        await expect(live.title).toHaveText("已连接");
        await look("empty");
        await ownServer.publish("chat.a-rather-long-name.with-more.of-it", `{"long":"${"x".repeat(300)}"}`, "e".repeat(128));
        await ownServer.publish("news", "hello");
        await live.receives(1);
        await page.getByLabel("发布到 news 的消息").fill("a\nb");
        await page.route("**/api/page/publish", (route) => route.abort());
        await page.getByRole("button", { name: "发送" }).click();
        await expect(page.getByText("未发送")).toBeVisible();
        await look("not sent");
        await page.getByRole("button", { name: "English" }).click();
        await look("in English");
        const tabs = page.getByRole("navigation", { name: "Source" });
        expect(await tabs.evaluate((tabs) => tabs.scrollWidth - tabs.clientWidth), "all choices fit").toBe(0);
        await live.open({ server: ownServer, path: "/?channel=%3E" });
        await expect(live.rows).toHaveCount(2);
        await look("many channels");
        await live.open({ server: ownServer, path: "/?channel=a..b" });
        await look("a wrong name");
        await live.open({ server: ownServer, path: "/?stream=channels" });
        await look("the list of channels");
        await live.open({ server: ownServer, path: "/?stream=clock" });
        await look("the clock");
      });
    });
  }
}
