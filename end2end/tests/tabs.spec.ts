import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { expect, LivePage, test as base } from "./fixtures.js";
import { Server } from "./server.js";

const OPEN = "已连接";

/** Eight pages at once are slow to start. */
const PATIENCE = { timeout: 40_000 };

/** Between two messages, in milliseconds: eight pages that show them leave the browser time for other things. */
const PACE = 50;

/** A page among others of one browser, and whether it has the connection. */
class Tab extends LivePage {
  private readonly streams = new Set<object>();
  /** How many streams it has asked for. */
  asked = 0;

  constructor(
    page: Page,
    server: Server,
    readonly channels: string[],
  ) {
    super(page, server.url);
    page.on("request", (request) => {
      if (!request.url().includes("/api/events")) return;
      this.asked++;
      this.streams.add(request);
    });
    for (const end of ["requestfailed", "requestfinished"] as const) {
      page.on(end as "requestfailed", (request) => this.streams.delete(request));
    }
  }

  get leads(): boolean {
    return this.streams.size > 0;
  }

  /**
   * From now on, notes the longest time in which no message came. Each is parsed as soon as it comes; its row waits for
   * a frame, and a page in the background has hardly any.
   */
  async watch(): Promise<void> {
    await this.page.evaluate(() => {
      const page = window as any;
      [page.pause, page.came] = [0, performance.now()];
      const parse = (page.parse ??= JSON.parse);
      JSON.parse = (text, ...more) => {
        const now = performance.now();
        [page.pause, page.came] = [Math.max(page.pause, now - page.came), now];
        return parse(text, ...more);
      };
    });
  }

  /** The longest time since then in which no message came, in milliseconds. */
  async longestPause(): Promise<number> {
    return this.page.evaluate(() => Math.round((window as any).pause));
  }

  /** The number of the message that it has shown last. */
  async last(): Promise<number> {
    const texts = await this.rows.last().locator(".row-data").allTextContents();
    return Number(texts[0] ?? 0);
  }
}

/** Opens a tab about these channels. */
async function open(context: BrowserContext, server: Server, ...channels: string[]): Promise<Tab> {
  const tab = new Tab(await context.newPage(), server, channels);
  const query = channels.map((channel) => `channel=${encodeURIComponent(channel)}`).join("&");
  await tab.open({ server, path: `/?${query}`, hydrated: false });
  await expect(tab.title).toHaveText(OPEN, PATIENCE);
  return tab;
}

async function eight(context: BrowserContext, server: Server, ...channels: string[][]): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let n = 0; n < 8; n++) tabs.push(await open(context, server, ...channels[n % channels.length]));
  return tabs;
}

/** The number of the message that all of them have shown. */
async function slowest(tabs: Tab[]): Promise<number> {
  return Math.min(...(await Promise.all(tabs.map((tab) => tab.last()))));
}

/** The one tab that has the connection. */
async function leader(tabs: Tab[]): Promise<Tab> {
  await expect.poll(() => tabs.filter((tab) => tab.leads).length).toBe(1);
  return tabs.find((tab) => tab.leads)!;
}

/** Publishes 1, 2, 3, … to one channel after the other until it is stopped. */
class Publisher {
  readonly published: { channel: string; number: number }[] = [];
  private running = false;
  private done = Promise.resolve();

  constructor(
    private readonly server: Server,
    private readonly channels: string[],
  ) {
    this.start();
  }

  start(): void {
    const { server, channels } = this;
    this.running = true;
    this.done = (async () => {
      while (this.running) {
        const number = this.published.length + 1;
        const channel = channels[number % channels.length];
        await server.publish(channel, String(number));
        this.published.push({ channel, number });
        await new Promise((resolve) => setTimeout(resolve, PACE));
      }
    })();
  }

  /** Waits until so many more are published. */
  async more(count: number): Promise<void> {
    const enough = this.published.length + count;
    await expect.poll(() => this.published.length, { intervals: [10], ...PATIENCE }).toBeGreaterThanOrEqual(enough);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }
}

/** Each tab has the messages of its channels, all from the first that it has, once and in order. */
async function expectAll(tabs: Tab[], { published }: Publisher): Promise<void> {
  for (const tab of tabs) {
    const wanted = published.filter(({ channel }) => tab.channels.some((pattern) => matches(pattern, channel)));
    await expect(tab.rows.last().locator(".row-data")).toHaveText(String(wanted[wanted.length - 1].number), PATIENCE);
    const numbers = (await tab.data()).map(Number);
    expect(numbers).toEqual(wanted.slice(-numbers.length).map(({ number }) => number));
  }
}

function matches(pattern: string, channel: string): boolean {
  return pattern === channel || (pattern.endsWith(".*") && channel.startsWith(pattern.slice(0, -1)));
}

base.slow();
// Eight pages are enough at a time, and to film them takes more than they do.
base.describe.configure({ mode: "default" });
base.use({ trace: { mode: "retain-on-failure", screenshots: false, snapshots: false } });

const test = base.extend<{ numbers: Publisher }>({
  settings: { TIDINGS_STREAM_RETRY: "500ms" },
  /** Publishes all the time. */
  numbers: async ({ ownServer }, use) => {
    const numbers = new Publisher(ownServer, ["chat.a", "chat.b", "news"]);
    await use(numbers);
    await numbers.stop();
  },
});

test("eight tabs of one channel have one connection, and all are live", async ({ context, ownServer, numbers }) => {
  const tabs = await eight(context, ownServer, ["news"]);
  expect(await ownServer.streams()).toBe(1);
  await numbers.more(30);
  await numbers.stop();
  await expectAll(tabs, numbers);
  await leader(tabs);
});

test("eight tabs of different channels have one connection for all of them", async ({ context, ownServer, numbers }) => {
  const tabs = await eight(context, ownServer, ["news"], ["chat.a"], ["chat.*"], ["chat.b", "news"]);
  await expect.poll(() => ownServer.streams()).toBe(1);
  await numbers.more(30);
  // One that leaves and comes back has it all.
  await tabs[2].page.reload();
  await expect(tabs[2].title).toHaveText(OPEN, PATIENCE);
  await numbers.more(30);
  await numbers.stop();
  await expectAll(tabs, numbers);
  await expect.poll(() => ownServer.streams()).toBe(1);
});

for (const [what, go] of [
  ["is closed", (tab: Tab) => tab.page.close()],
  ["goes to another page", (tab: Tab) => tab.page.goto("about:blank").then(() => {})],
  ["crashes", crash],
  ["is frozen", freeze],
  ["hangs", hang],
] as const) {
  test(`when the tab that has the connection ${what}, another takes over`, async ({ context, ownServer, numbers }) => {
    const tabs = await eight(context, ownServer, ["news"], ["chat.*"]);
    const gone = await leader(tabs);
    const others = tabs.filter((tab) => tab !== gone);
    await numbers.more(10);
    for (const tab of others) await tab.watch();
    const before = numbers.published.length;
    await go(gone);
    await numbers.more(30);
    await expect.poll(() => slowest(others), PATIENCE).toBeGreaterThan(before + 30);
    const pauses = await Promise.all(others.map((tab) => tab.longestPause()));
    console.log(`the tab that has the connection ${what}: nothing comes for ${Math.max(...pauses)} ms at most`);
    if (what === "hangs") {
      // It wakes up, and is one of many now.
      await expect.poll(() => gone.last(), PATIENCE).toBeGreaterThan(before + 30);
      others.push(gone);
    }
    if (what === "is frozen") {
      await thaw(gone);
      await expect.poll(() => gone.last(), PATIENCE).toBeGreaterThan(before + 30);
      others.push(gone);
    }
    await numbers.stop();
    await expectAll(others, numbers);
    await expect.poll(() => ownServer.streams()).toBe(1);
  });
}

/** The renderer's process ends. */
async function crash({ page }: Tab): Promise<void> {
  const crashed = page.waitForEvent("crash");
  // It has no time to answer.
  void page.goto("chrome://crash").catch(() => {});
  await crashed;
}

async function freeze({ page }: Tab): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
}

async function thaw({ page }: Tab): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "active" });
}

/** Its scripts stand still for three seconds, and nobody is told. */
async function hang({ page }: Tab): Promise<void> {
  await page.evaluate(() => {
    setTimeout(() => {
      const end = performance.now() + 3_000;
      while (performance.now() < end);
    });
  });
}

test("a tab that is kept for the way back is live again when it is back", async ({
  playwright,
  launchOptions,
  ownServer,
  numbers,
}) => {
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  const browser = await playwright.chromium.launch({ ...launchOptions, ignoreDefaultArgs });
  try {
    const context = await browser.newContext({ locale: "zh-CN" });
    const [tab, other] = [await open(context, ownServer, "news"), await open(context, ownServer, "chat.a")];
    await tab.page.evaluate(() => ((window as any).isKept = true));
    for (let round = 0; round < 2; round++) {
      await tab.page.goto(`${ownServer.url}/docs/api`);
      await numbers.more(30);
      await expect.poll(() => ownServer.streams()).toBe(1);
      // What Playwright waits for when it goes back itself does not happen.
      await tab.page.evaluate(() => history.back());
      await expect(tab.title).toHaveText(OPEN, PATIENCE);
      expect(await tab.page.evaluate(() => (window as any).isKept), "it is the same page").toBe(true);
    }
    await numbers.more(10);
    await numbers.stop();
    await expectAll([tab, other], numbers);
    await expect.poll(() => ownServer.streams()).toBe(1);
  } finally {
    await browser.close();
  }
});

test("a disconnected tab is silent while the others are live, and then has what it missed", async ({
  context,
  ownServer,
  numbers,
}) => {
  const tabs = [
    await open(context, ownServer, "news"),
    await open(context, ownServer, "news"),
    await open(context, ownServer, "chat.*"),
  ];
  // Also the one that has the connection.
  for (const tab of [await leader(tabs), tabs[2]]) {
    await tab.disconnect.click();
    await expect(tab.title).toHaveText("已断开");
    const others = tabs.filter((other) => other !== tab);
    await numbers.more(2);
    const last = numbers.published.length;
    await numbers.more(10);
    await expect.poll(() => slowest(others), PATIENCE).toBeGreaterThan(last);
    expect(await tab.last()).toBeLessThan(last);
    await tab.connect.click();
    await expect(tab.title).toHaveText(OPEN, PATIENCE);
  }
  await numbers.more(10);
  await numbers.stop();
  await expectAll(tabs, numbers);
  expect(await ownServer.streams()).toBe(1);
  for (const tab of tabs) await tab.disconnect.click();
  await expect.poll(() => ownServer.streams()).toBe(0);
  for (const tab of tabs) await expect(tab.title).toHaveText("已断开");
});

test.describe("with a log in a file", () => {
  const folders: string[] = [];
  test.use({
    settings: async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "tidings-"));
      folders.push(folder);
      await use({ TIDINGS_LOG_URL: `sqlite:${folder}/log.db`, TIDINGS_STREAM_RETRY: "30s" });
    },
  });
  test.afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  test("a server that is killed and comes back has one reconnect, at a word from any tab", async ({
    context,
    ownServer,
  }) => {
    const tabs = await eight(context, ownServer, ["news"], ["chat.a"]);
    const numbers = new Publisher(ownServer, ["news", "chat.a"]);
    await numbers.more(20);
    await numbers.stop();
    await ownServer.stop("SIGKILL");
    for (const tab of tabs) {
      await expect(tab.title).toHaveText("等待重连");
      await expect(tab.detail).toHaveText(/^[23]\d 秒后第 1 次重连/);
    }
    await ownServer.restart();
    numbers.start();
    await numbers.more(10);
    const asked = () => tabs.reduce((sum, tab) => sum + tab.asked, 0);
    const before = asked();
    const follower = tabs.find((tab) => tab.asked === 0)!;
    await follower.connect.click();
    for (const tab of tabs) await expect(tab.title).toHaveText(OPEN, PATIENCE);
    expect(asked() - before).toBe(1);
    await numbers.more(10);
    await numbers.stop();
    await expectAll(tabs, numbers);
    expect(await ownServer.streams()).toBe(1);
  });
});

for (const [what, remove] of [
  ["locks", () => delete (Navigator.prototype as any).locks],
  ["channels between tabs", () => delete (window as any).BroadcastChannel],
] as const) {
  test(`where the browser has no ${what} each tab goes by itself`, async ({ context, ownServer, numbers }) => {
    await context.addInitScript(remove);
    const tabs = [await open(context, ownServer, "news"), await open(context, ownServer, "news")];
    await expect.poll(() => ownServer.streams()).toBe(2);
    await numbers.more(10);
    await numbers.stop();
    await expectAll(tabs, numbers);
    await tabs[0].disconnect.click();
    await expect.poll(() => ownServer.streams()).toBe(1);
  });
}

test("a tab that cannot load the code for it says so, and goes by itself as soon as it can", async ({
  context,
  ownServer,
  numbers,
}) => {
  const other = await open(context, ownServer, "news");
  const page = await context.newPage();
  // All of it, in whatever order: none of the failures is an error that nobody expects.
  const code = /\/(chunk|split)_.*\.wasm$/;
  await page.route(code, (route) => route.abort());
  const tab = new Tab(page, ownServer, ["news"]);
  await tab.open({ server: ownServer, path: "/?channel=news", hydrated: false });
  await expect(tab.title).toHaveText("等待重连", PATIENCE);
  await page.unroute(code);
  await expect(tab.title).toHaveText(OPEN, PATIENCE);
  await expect.poll(() => ownServer.streams()).toBe(2);
  await numbers.more(10);
  await numbers.stop();
  await expectAll([tab, other], numbers);
});

test("the built-in streams are made for one connection alone", async ({ context, ownServer }) => {
  const tabs = [];
  for (let n = 0; n < 2; n++) {
    const tab = new Tab(await context.newPage(), ownServer, []);
    await tab.open({ server: ownServer, path: "/?stream=clock", hydrated: false });
    await expect(tab.page.locator("html")).toHaveAttribute("data-page", "ready", PATIENCE);
    await tab.connect.click();
    await expect(tab.title).toHaveText(OPEN, PATIENCE);
    tabs.push(tab);
  }
  expect(await ownServer.streams()).toBe(2);
});
