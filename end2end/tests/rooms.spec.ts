import type { Browser, BrowserContextOptions, Locator, Page } from "@playwright/test";
import { overflow, violations } from "./axe.js";
import { expect, test } from "./fixtures.js";
import type { Server } from "./server.js";

/** A room, as a person in their own browser sees it. */
class Room {
  readonly lines: Locator;
  readonly field: Locator;
  readonly status: Locator;
  readonly timeline: Locator;

  constructor(readonly page: Page) {
    this.lines = page.locator(".line");
    this.field = page.getByRole("textbox", { name: /^在 .* 里说$/ });
    this.status = page.locator(".room-status");
    this.timeline = page.getByRole("log");
  }

  /** A person who gives their name as everyone does, once. */
  static async enter(browser: Browser, server: Server, name: string, room = "lobby", options?: BrowserContextOptions) {
    const context = await browser.newContext({ locale: "zh-CN", viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    await page.goto(`${server.url}/rooms/${room}`);
    await page.getByLabel("说话之前").fill(name);
    await page.getByRole("button", { name: "保存" }).click();
    const entered = new Room(page);
    await entered.isLive();
    return entered;
  }

  async isLive() {
    await expect(this.status).toHaveAttribute("data-status", "open");
  }

  async say(text: string) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  texts() {
    return this.page.locator(".line-text");
  }

  unread(room: string) {
    return this.page.locator(".room-list a", { hasText: room }).locator(".badge [aria-hidden]");
  }
}

const base = test.extend<{ ann: Room; bob: Room }>({
  ann: async ({ browser, ownServer }, use) => {
    const room = await Room.enter(browser, ownServer, "安");
    await use(room);
    await room.page.context().close();
  },
  bob: async ({ browser, ownServer }, use) => {
    const room = await Room.enter(browser, ownServer, "Bob");
    await use(room);
    await room.page.context().close();
  },
});

base.use({
  settings: async ({}, use, info) => {
    await use({
      TIDINGS_LOG_URL: `sqlite:${info.outputPath("rooms.db")}`,
      TIDINGS_STREAM_RETRY: "200ms",
      TIDINGS_STREAM_GRACE: "1s",
    });
  },
});

base("two people talk; what one says is there at once, once, and signed", async ({ ann, bob, ownServer }) => {
  await ann.say("你好 👋");
  await expect(bob.texts()).toHaveText(["你好 👋"]);
  await bob.say("two\nlines");
  await ann.say("😀");
  await expect(ann.texts()).toHaveText(["你好 👋", "two\nlines", "😀"]);
  await expect(bob.texts()).toHaveText(["你好 👋", "two\nlines", "😀"]);
  await expect(ann.page.locator(".line-name")).toHaveText(["安", "Bob", "安"]);
  await expect(ann.page.locator(".line.own .line-text")).toHaveText(["你好 👋", "😀"]);
  await expect(bob.page.locator(".line-text.emoji")).toHaveText(["😀"]);
  await expect(ann.page.locator('.line:not([data-state="there"])')).toHaveCount(0);
  // What anyone publishes is there, too, and what is said comes to anyone who watches.
  await ownServer.publish("chat.lobby", "from curl");
  await expect(ann.texts().last()).toHaveText("from curl");
  await expect(ann.page.locator(".line-name").last()).toHaveText("未署名");
  const kept = await (await fetch(`${ownServer.url}/api/channels/chat.lobby/messages`)).json();
  expect(kept.messages.length).toBe(4);
  expect(JSON.parse(kept.messages[0].data)).toMatchObject({ from: { name: "安" }, text: "你好 👋" });
});

base("a message is on the other's screen soon", async ({ ann, bob }) => {
  const times: number[] = [];
  for (let n = 0; n < 30; n++) {
    const seen = bob.page.evaluate(
      (text) =>
        new Promise<number>((done) => {
          const look = () => {
            const found = [...document.querySelectorAll(".line-text")].some((line) => line.textContent === text);
            // In the document is on the screen with the next frame.
            if (found) requestAnimationFrame(() => done(Date.now()));
          };
          new MutationObserver(look).observe(document.querySelector(".lines")!, { childList: true, subtree: true });
          // It may be there before it is looked for.
          look();
        }),
      `message ${n}`,
    );
    await ann.field.fill(`message ${n}`);
    const sent = await ann.page.evaluate(() => {
      const field = document.querySelector<HTMLTextAreaElement>(".say textarea")!;
      const sent = Date.now();
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      return sent;
    });
    times.push((await seen) - sent);
  }
  times.sort((a, b) => a - b);
  console.log(`\nfrom Enter to the other's screen: median ${times[15]} ms, longest ${times[29]} ms`);
  await expect(bob.texts()).toHaveCount(30);
});

base("what is said while the server is away is kept, marked, and sent once when it is back", async ({ ann, ownServer }) => {
  await ann.say("before");
  await expect(ann.page.locator('.line[data-state="there"]:not([data-id=""])')).toHaveText([/before/]);
  await ownServer.stop("SIGKILL");
  await expect(ann.status).toHaveAttribute("data-status", "waiting");
  await ann.say("one");
  await ann.say("two");
  await expect(ann.texts()).toHaveText(["before", "one", "two"]);
  await expect(ann.page.locator('.line[data-state="waiting"]').first()).toContainText("连接恢复后自动发送");
  await ownServer.restart();
  await expect(ann.page.locator('.line:not([data-state="there"])')).toHaveCount(0, { timeout: 20_000 });
  await expect(ann.texts()).toHaveText(["before", "one", "two"]);
  const kept = await (await fetch(`${ownServer.url}/api/channels/chat.lobby/messages`)).json();
  expect(kept.messages.map(({ data }: { data: string }) => JSON.parse(data).text)).toEqual(["before", "one", "two"]);
});

base("what waits survives a reload, and an answer that was lost doubles nothing", async ({ ann, ownServer }) => {
  // The server takes the message, but its answer does not come.
  await ann.page.route("**/api/page/say", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await ann.say("once");
  await expect(ann.texts()).toHaveText(["once"]);
  // One that is under way is still answered as before.
  await ann.page.unrouteAll({ behavior: "wait" });
  // The server is not reached at all.
  await ann.page.route("**/api/page/say", (route) => route.abort());
  await ann.say("later");
  await expect(ann.page.locator('.line[data-state="waiting"]')).toHaveCount(1);
  await ann.page.unroute("**/api/page/say");
  await ann.page.reload();
  await expect(ann.texts()).toHaveText(["once", "later"]);
  await expect(ann.page.locator('.line:not([data-state="there"])')).toHaveCount(0);
  await ann.page.reload();
  await expect(ann.texts()).toHaveText(["once", "later"]);
  const kept = await (await fetch(`${ownServer.url}/api/channels/chat.lobby/messages`)).json();
  expect(kept.messages.length).toBe(2);
});

base("what is refused says why, and can be tried again or given up", async ({ ann }) => {
  await ann.page.route("**/api/page/say", (route) =>
    route.fulfill({ status: 413, contentType: "application/problem+json", body: JSON.stringify({ detail: "too much" }) }),
  );
  await ann.say("large");
  const line = ann.page.locator('.line[data-state="failed"]');
  await expect(line).toContainText("未发送：too much");
  await line.getByRole("button", { name: "丢弃" }).click();
  await expect(ann.lines).toHaveCount(0);
  await ann.say("large");
  await expect(line).toContainText("未发送：too much");
  await ann.page.unroute("**/api/page/say");
  await line.getByRole("button", { name: "重试" }).click();
  await expect(ann.page.locator('.line[data-state="there"]:not([data-id=""])')).toHaveText([/large/]);
});

base("who is here is seen, also after a crash", async ({ ann, bob, browser, ownServer }) => {
  const people = ann.page.locator(".people summary");
  await expect(people).toHaveText("2 人在线");
  await people.click();
  await expect(ann.page.locator(".people li bdi")).toHaveText(["Bob", "安"]);
  const guest = await browser.newPage();
  await guest.goto(`${ownServer.url}/rooms/lobby`);
  await expect(people).toHaveText("3 人在线");
  await guest.close();
  await expect(people).toHaveText("2 人在线");
  await ownServer.stop("SIGKILL");
  await bob.page.context().close();
  await ownServer.restart();
  await ann.isLive();
  await expect(people).toHaveText("1 人在线");
  await expect(ann.page.locator(".people li bdi")).toHaveText(["安"]);
});

base("one is here also where another tab of the browser has the connection, whatever it watches", async ({ ann, bob, ownServer }) => {
  // A wildcard would have all of the room's messages, but does not stand for being there.
  const leader = await ann.page.context().newPage();
  await leader.goto(`${ownServer.url}/?channel=chat.%3E`);
  await expect(leader.locator('.connection[data-status="open"]')).toBeVisible();
  await ann.page.goto(`${ownServer.url}/rooms/other`);
  await ann.isLive();
  await bob.page.goto(`${ownServer.url}/rooms/other`);
  await bob.page.locator(".people summary").click();
  await expect(bob.page.locator(".people li bdi")).toHaveText(["Bob", "安"]);
  await ann.say("here");
  await expect(bob.texts()).toHaveText(["here"]);
});

base("what comes while a page is loaded is not lost", async ({ ann, ownServer }) => {
  const all = Array.from({ length: 120 }, (_, n) => ({ data: `m${n + 1}` }));
  await ownServer.publishAll("chat.long", all);
  const { messages } = await (await fetch(`${ownServer.url}/api/channels/chat.long/messages?limit=120`)).json();
  await ann.page.goto(`${ownServer.url}/rooms/long?at=${messages[60].id}`);
  await ann.isLive();
  // The page after these is answered, and then something is published before it arrives.
  await ann.page.route("**/api/channels/chat.long/messages?*after=*", async (route) => {
    const answer = await route.fetch();
    if (!((await answer.json()) as { more: boolean }).more) await ownServer.publish("chat.long", "m121");
    await route.fulfill({ response: answer });
  });
  await expect(async () => {
    await ann.timeline.evaluate((log) => (log.scrollTop = 0));
    await expect(ann.texts().last()).toHaveText(/^m12[1-9]$/, { timeout: 100 });
  }).toPass();
  await ann.page.unrouteAll({ behavior: "wait" });
  await ownServer.publish("chat.long", "last");
  await expect(ann.texts().last()).toHaveText("last");
  const shown = (await ann.texts().allTextContents()).slice(0, -1);
  const first = Number(shown[0]!.slice(1));
  expect(shown.filter((text, n) => text !== `m${first + n}` && text !== "m121")).toEqual([]);
});

base("what others publish breaks nothing", async ({ ann, bob, ownServer }) => {
  const twice = JSON.stringify({ from: { id: "x", name: "X" }, text: "twice", key: "k" });
  for (const data of [twice, twice, "{", '{"from":{"id":1},"text":"x"}']) await ownServer.publish("chat.lobby", data);
  const send = (event: string, data: unknown) =>
    fetch(`${ownServer.url}/api/channels/chat.lobby.here/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ event, data, ephemeral: true }),
    });
  expect((await send("presence", { version: 9e15, joined: 1 })).status).toBe(400);
  for (const data of [1, "{", { id: 7 }, null]) expect((await send("typing", data)).status).toBe(202);
  await bob.say("still here");
  await expect(ann.texts()).toHaveText(["twice", "twice", "{", '{"from":{"id":1},"text":"x"}', "still here"]);
  await expect(ann.page.locator(".people summary")).toHaveText("2 人在线");
});

base("another name is known to all at once", async ({ ann, bob }) => {
  await bob.page.locator(".people summary").click();
  await ann.page.locator(".people summary").click();
  await ann.page.getByLabel("你的名字").fill("安娜");
  await ann.page.getByRole("button", { name: "改名" }).click();
  await expect(bob.page.locator(".people li bdi")).toHaveText(["Bob", "安娜"]);
  await ann.isLive();
  await ann.say("hi");
  await expect(bob.page.locator(".line-name")).toHaveText(["安娜"]);
});

base("who types is seen by others until they have said it", async ({ ann, bob, ownServer }) => {
  await ann.field.pressSequentially("hel");
  await expect(bob.page.locator(".typing")).toHaveText("安 正在输入…");
  await expect(ann.page.locator(".typing")).toHaveText("");
  await ann.field.press("Enter");
  await expect(bob.texts()).toHaveText(["hel"]);
  await expect(bob.page.locator(".typing")).toHaveText("");
  const channels = await (await fetch(`${ownServer.url}/api/channels`)).json();
  expect(channels.channels.map(({ channel }: { channel: string }) => channel)).toEqual(["chat.lobby"]);
});

base("earlier messages come page by page, and nothing jumps", async ({ ann, ownServer }) => {
  const all = Array.from({ length: 300 }, (_, n) => ({ data: `message ${n + 1}` }));
  await ownServer.publishAll("chat.long", all);
  await ann.page.goto(`${ownServer.url}/rooms/long`);
  await ann.isLive();
  await expect(ann.lines).toHaveCount(50);
  await expect(ann.texts().last()).toBeInViewport();
  const place = (text: string) =>
    ann.page.evaluate((text) => {
      const line = [...document.querySelectorAll(".line-text")].find((line) => line.textContent === text);
      return line?.getBoundingClientRect().top;
    }, text);
  for (const expected of [100, 150, 200, 250, 300]) {
    const first = (await ann.texts().first().textContent())!;
    await ann.timeline.evaluate((log) => (log.scrollTop = -(log.scrollHeight - log.clientHeight - 20)));
    const before = await place(first);
    await expect(ann.lines).toHaveCount(expected);
    expect(Math.abs((await place(first))! - before!)).toBeLessThanOrEqual(1);
  }
  await ann.timeline.evaluate((log) => (log.scrollTop = -log.scrollHeight));
  await expect(ann.page.getByText("这里是房间的开头")).toBeVisible();
  expect(await ann.texts().allTextContents()).toEqual(all.map(({ data }) => data));
  // While one reads, what comes moves nothing, and is counted.
  const before = await place("message 3");
  await ownServer.publish("chat.long", "new one");
  await expect(ann.page.locator(".pill")).toHaveText("1 条新消息");
  expect(Math.abs((await place("message 3"))! - before!)).toBeLessThanOrEqual(1);
  await expect(ann.page).toHaveTitle(/^\(1\) long/);
  await ann.page.locator(".pill").click();
  await expect(ann.texts().last()).toBeInViewport();
  await expect(ann.page.locator(".pill")).toBeHidden();
  await expect(ann.page).toHaveTitle("long · Tidings");
});

base("a very long room is gone through from end to end, and the page stays small", async ({ ann, ownServer }) => {
  const all = Array.from({ length: 1_000 }, (_, n) => ({ data: `m${n + 1}` }));
  await ownServer.publishAll("chat.long", all);
  await ann.page.goto(`${ownServer.url}/rooms/long`);
  await ann.isLive();
  const scroll = (to: "beginning" | "end") =>
    ann.timeline.evaluate((log, to) => (log.scrollTop = to === "end" ? 0 : -log.scrollHeight), to);
  const reach = async (text: string, to: "beginning" | "end") => {
    await expect(async () => {
      await scroll(to);
      await expect(ann.page.locator(".line-text", { hasText: new RegExp(`^${text}$`) })).toHaveCount(1, { timeout: 50 });
    }).toPass({ timeout: 30_000, intervals: [20] });
    expect(await ann.lines.count()).toBeLessThanOrEqual(400);
    const shown = await ann.texts().allTextContents();
    const first = Number(shown[0]!.slice(1));
    expect(shown).toEqual(shown.map((_, n) => `m${first + n}`));
  };
  await reach("m1", "beginning");
  await ownServer.publish("chat.long", "m1001");
  await reach("m1001", "end");
});

base("unread messages of other rooms are counted, here and in the title, until they are read", async ({ ann, bob, ownServer }) => {
  await ownServer.publish("chat.news", "first");
  await expect(ann.unread("news")).toHaveText("1");
  await expect(ann.page).toHaveTitle("(1) lobby · Tidings");
  await ownServer.publish("chat.news", "second");
  await expect(ann.unread("news")).toHaveText("2");
  // In another tab of the same browser.
  const other = await ann.page.context().newPage();
  await other.goto(`${ownServer.url}/rooms/news`);
  await expect(other.locator(".line")).toHaveCount(2);
  await other.bringToFront();
  await expect(ann.unread("news")).toBeHidden();
  await expect(ann.page).toHaveTitle("lobby · Tidings");
  await other.close();
  // The server knows it, too.
  await bob.say("for Ann");
  await expect(ann.texts().last()).toHaveText("for Ann");
  await ann.page.goto(`${ownServer.url}/rooms/news`);
  await ownServer.publish("chat.lobby", "while in news");
  await expect(ann.unread("lobby")).toHaveText("1");
  await ann.page.reload();
  await expect(ann.unread("lobby")).toHaveText("1");
  await ann.page.getByRole("link", { name: /lobby/ }).click();
  await expect(ann.page.locator(".day.new")).toHaveText("新消息");
  await expect(ann.page.locator(".day.new + .line .line-text")).toHaveText("while in news");
});

base("the room is searched, and what is found is gone to", async ({ ann, ownServer }) => {
  const all = Array.from({ length: 300 }, (_, n) => ({ data: n === 40 ? "needle in it" : `hay ${n}` }));
  await ownServer.publishAll("chat.hay", all);
  await ownServer.publish("chat.other", "needle elsewhere");
  await ann.page.goto(`${ownServer.url}/rooms/hay`);
  await ann.isLive();
  const search = ann.page.getByRole("searchbox");
  await ann.page.keyboard.press("/");
  await expect(search).toBeFocused();
  await expect(async () => {
    await search.fill("needle");
    await search.press("Enter");
    await expect(ann.page.locator(".hit-text")).toHaveText(["needle in it"], { timeout: 500 });
  }).toPass();
  await ann.page.locator(".hits a").click();
  await expect(ann.page.locator(".line.aimed .line-text")).toHaveText("needle in it");
  await expect(ann.page.locator(".line.aimed")).toBeInViewport();
  await search.focus();
  await ann.page.keyboard.press("Escape");
  await expect(ann.page.locator(".hits")).toBeHidden();
  await search.fill("nothing-like-it");
  await search.press("Enter");
  await expect(ann.page.locator(".hits")).toContainText("没有找到");
  await ann.page.locator(".pill").click();
  await expect(ann.texts().last()).toHaveText("hay 299");
});

/** A picture of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Pastes or drops a file into the composer. */
async function give(room: Room, kind: "paste" | "drop", file: { type: string; base64?: string; bytes?: number }) {
  await room.field.evaluate(
    (field, { kind, file }) => {
      // Bytes of all kinds: some characters of base64 are escaped in a form.
      const data = file.base64
        ? Uint8Array.from(atob(file.base64), (char) => char.charCodeAt(0))
        : Uint8Array.from({ length: file.bytes! }, (_, n) => (n * 197 + (n >> 8)) & 255);
      const transfer = new DataTransfer();
      transfer.items.add(new File([data], "picture", { type: file.type }));
      const init = { bubbles: true, cancelable: true };
      const event =
        kind === "paste"
          ? new ClipboardEvent("paste", { ...init, clipboardData: transfer })
          : new DragEvent("drop", { ...init, dataTransfer: transfer });
      field.dispatchEvent(event);
    },
    { kind, file },
  );
}

base("pictures are pasted and dropped, up to the limit", async ({ ann, bob }) => {
  await give(ann, "paste", { type: "image/png", base64: PIXEL });
  await expect(ann.page.getByRole("img", { name: "将与消息一起发送的图片" })).toBeVisible();
  await ann.say("look");
  const shown = bob.page.getByRole("img", { name: "安 发的图片" });
  await expect(shown).toHaveAttribute("src", `data:image/png;base64,${PIXEL}`);
  await expect(bob.texts()).toHaveText(["look"]);
  await give(ann, "drop", { type: "image/png", base64: PIXEL });
  await expect(ann.page.getByRole("img", { name: "将与消息一起发送的图片" })).toBeVisible();
  await ann.field.press("Enter");
  await expect(shown).toHaveCount(2);
  // The largest that is taken arrives, and a long text with it.
  await give(ann, "drop", { type: "image/png", bytes: 665 * 1024 });
  await expect(ann.page.locator(".say-picture")).toBeVisible();
  await ann.say("l".repeat(20_000));
  await expect(shown).toHaveCount(3);
  await expect(ann.page.locator('.line:not([data-state="there"])')).toHaveCount(0);
  await give(ann, "drop", { type: "image/png", bytes: 800 * 1024 });
  await expect(ann.page.getByRole("alert").filter({ hasText: "800 KiB" })).toContainText("665 KiB");
  await give(ann, "paste", { type: "image/svg+xml", bytes: 10 });
  await expect(ann.page.getByRole("alert").filter({ hasText: "只能发送" })).toBeVisible();
  await expect(ann.page.locator(".say-picture")).toBeHidden();
});

base("what is written before the page's code is there stays written", async ({ ann }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await ann.page.route(/split_rooms.*\.wasm/, async (route) => {
    await held;
    await route.continue();
  });
  await ann.page.reload();
  await ann.field.fill("early");
  release();
  await ann.isLive();
  await expect(ann.field).toHaveValue("early");
  await expect(ann.field).toBeFocused();
  await ann.field.press("Enter");
  await expect(ann.texts()).toHaveText(["early"]);
});

base("nothing that is said becomes markup", async ({ ann, bob, ownServer }) => {
  const evil = [
    `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`,
    `javascript:window.hacked=1 [x](javascript:window.hacked=1) data:text/html,<b>`,
    `https://example.org/"onmouseover="window.hacked=1`,
  ];
  for (const text of evil) await ann.say(text);
  await expect(bob.texts()).toHaveText(evil);
  const links = bob.page.locator(".line-text a");
  await expect(links).toHaveCount(1);
  await expect(links).toHaveAttribute("href", "https://example.org/");
  await expect(links).toHaveAttribute("rel", /noopener/);
  const said = { from: { id: "x", name: "<b>Eve</b>" }, text: "t", picture: "javascript:window.hacked=1", key: "</script>" };
  await ownServer.publish("chat.lobby", JSON.stringify(said));
  await expect(bob.page.locator(".line-name").last()).toHaveText("<b>Eve</b>");
  await bob.page.reload();
  await bob.isLive();
  await expect(bob.texts()).toHaveText([...evil, "t"]);
  await expect(bob.page.locator(".line img, .line script, .line b")).toHaveCount(0);
  expect(await bob.page.evaluate(() => (window as any).hacked)).toBeUndefined();
});

base("without scripts one gives a name, says something, searches, and reads on", async ({ browser, ownServer }) => {
  const all = Array.from({ length: 60 }, (_, n) => ({ data: `message ${n + 1}` }));
  await ownServer.publishAll("chat.lobby", all);
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "en" });
  const page = await context.newPage();
  await page.goto(`${ownServer.url}/rooms`);
  await page.getByRole("textbox", { name: "Name of a room" }).fill("lobby");
  await page.getByRole("button", { name: "Enter" }).click();
  await expect(page).toHaveURL(`${ownServer.url}/rooms/lobby`);
  await page.getByLabel("Before you say something").fill("Nemo");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("textbox", { name: "Say in lobby" }).fill("no scripts\nhere");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(`${ownServer.url}/rooms/lobby`);
  await expect(page.locator(".line-text").last()).toHaveText("no scripts\nhere");
  await expect(page.locator(".line-text").last()).toBeInViewport();
  await page.getByRole("link", { name: "Earlier messages" }).click();
  await expect(page.locator(".line-text").first()).toHaveText("message 1");
  await page.getByRole("searchbox").fill("message 1");
  await page.getByRole("searchbox").press("Enter");
  await expect(page.locator(".hit-text").first()).toHaveText(/message/);
  await context.close();
});

base("all of it works by keyboard, in English too", async ({ browser, ownServer }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(`${ownServer.url}/rooms/lobby`);
  await expect(page.locator(".room-status")).toHaveAttribute("data-status", "open");
  await page.keyboard.press("m");
  await page.keyboard.type("Key");
  await page.keyboard.press("Enter");
  await expect(page.locator(".room-status")).toHaveAttribute("data-status", "open");
  await page.keyboard.press("m");
  await page.keyboard.type("typed");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("more");
  await page.keyboard.press("Enter");
  await expect(page.locator(".line-text")).toHaveText(["typed\nmore"]);
  await page.locator(".people summary").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".people li")).toHaveText(["Keyyou"]);
  await page.keyboard.press("Escape");
  await expect(page.locator(".people-panel")).toBeHidden();
  await context.close();
});

base("a message of another is said to those who do not see it", async ({ ann, bob }) => {
  await ann.say("hello");
  await expect(bob.page.locator(".unseen[role=status]", { hasText: "安：hello" })).toBeAttached();
  await expect(ann.page.locator(".unseen[role=status]", { hasText: "hello" })).not.toBeAttached();
});

base("with 100,000 messages a room opens as fast as an empty one", async ({ browser, ownServer }) => {
  base.setTimeout(180_000);
  for (let start = 0; start < 100_000; start += 5_000) {
    const lines = Array.from({ length: 5_000 }, (_, n) => ({ data: `message ${start + n}` }));
    await ownServer.publishAll("chat.full", lines);
  }
  const open = async (room: string) => {
    const context = await browser.newContext({ locale: "zh-CN" });
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(`${ownServer.url}/rooms/${room}`);
    await expect(page.locator(".room-status")).toHaveAttribute("data-status", "open");
    const time = performance.now() - began;
    await context.close();
    return time;
  };
  const times = { empty: [] as number[], full: [] as number[] };
  for (let n = 0; n < 9; n++) {
    for (const room of ["empty", "full"] as const) times[room].push(await open(room));
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[4]!;
  const [empty, full] = [median(times.empty), median(times.full)];
  console.log(`\nan empty room is live after ${empty.toFixed(0)} ms, one with 100,000 messages after ${full.toFixed(0)} ms`);
  expect(full / empty).toBeLessThan(1.5);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    base(`${colorScheme}, ${width} px: axe finds nothing and nothing is too wide`, async ({ browser, ownServer }) => {
      await ownServer.publish("chat.other", "x");
      const options = { colorScheme, viewport: { width, height: 720 }, reducedMotion: "reduce" as const };
      const room = await Room.enter(browser, ownServer, "一个很长很长的名字".repeat(3), "lobby", options);
      await room.say(`a long word ${"w".repeat(300)} https://example.org/${"p".repeat(100)}`);
      await ownServer.publish("chat.lobby", "deploy done", "deploy");
      await ownServer.publish("chat.other", "unread");
      await expect(room.lines).toHaveCount(2);
      await room.page.locator(".people summary").click();
      expect(await violations(room.page)).toEqual([]);
      expect((await overflow(room.page))[0]).toBe(0);
      await room.page.keyboard.press("Escape");
      await room.page.getByRole("searchbox").fill("nothing");
      await room.page.getByRole("searchbox").press("Enter");
      await expect(room.page.locator(".hits")).toBeVisible();
      expect(await violations(room.page)).toEqual([]);
      await room.page.goto(`${ownServer.url}/rooms`);
      await expect(room.page.locator("html")).toHaveAttribute("data-page", "ready");
      expect(await violations(room.page)).toEqual([]);
      expect((await overflow(room.page))[0]).toBe(0);
      await room.page.context().close();
    });
  }
}
