import type { BrowserContext, Locator, Page } from "@playwright/test";
import { overflow, violations } from "./axe.js";
import { expect, type LivePage, test } from "./fixtures.js";
import type { Server } from "./server.js";

/** What there is of notices on a page. */
class Notices {
  readonly bell: Locator;
  readonly panel: Locator;
  readonly items: Locator;
  readonly toasts: Locator;
  readonly polite: Locator;
  readonly assertive: Locator;
  readonly system: Locator;

  constructor(readonly page: Page) {
    this.bell = page.getByRole("button", { name: /^通知(:|$)/ });
    this.panel = page.getByRole("dialog", { name: "通知" });
    this.items = this.panel.getByRole("listitem");
    const region = page.getByRole("region", { name: "通知" });
    this.toasts = region.locator(".toast");
    this.polite = region.getByRole("status");
    this.assertive = region.getByRole("alert");
    this.system = this.panel.getByRole("switch", { name: "系统通知" });
  }

  async hasUnread(count: number | string): Promise<void> {
    await expect(this.bell).toHaveAccessibleName(count === 0 ? "通知" : `通知: ${count} 条未读`);
  }
}

/** Publishes a notice; its id. */
async function notify(server: Server, channel: string, notice: unknown): Promise<string> {
  return server.publish(channel, JSON.stringify(notice), "notification");
}

async function watch(live: LivePage, channel: string): Promise<Notices> {
  await live.open({ path: `/?channel=${channel}` });
  await expect(live.title).toHaveText("已连接");
  return new Notices(live.page);
}

/** A page of the same browser on the same channel. */
async function another(context: BrowserContext, server: Server, path: string): Promise<Notices> {
  const page = await context.newPage();
  await page.goto(server.url + path);
  await expect(page.locator(".connection-title")).toHaveText("已连接");
  return new Notices(page);
}

test("a notice on a watched channel is a toast that is read out, and goes", async ({ live, server }) => {
  const notices = await watch(live, "notices.one");
  await notices.hasUnread(0);
  await notify(server, "notices.one", { title: "备份完成", message: "共 42 个文件", level: "success", url: "/board" });
  await expect(notices.polite).toMatchAriaSnapshot(`
    - status:
      - img "成功"
      - paragraph: 备份完成
      - paragraph: 共 42 个文件
      - paragraph:
        - text: /notices\\.one \\d\\d:\\d\\d/
        - 'link "打开: 备份完成"':
          - /url: /board
      - button "关闭通知：备份完成"
  `);
  await expect(notices.assertive).toBeEmpty();
  await notices.hasUnread(1);
  expect(await live.page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  // No message is a notice because of what it says.
  await server.publish("notices.one", JSON.stringify({ title: "T", message: "M" }), "update");
  await expect(notices.toasts).toHaveCount(0, { timeout: 12_000 });
  await notices.hasUnread(1);
});

test("an error is read out at once, stays until it is dismissed, and is read then", async ({ live, server }) => {
  const notices = await watch(live, "notices.errors");
  await notify(server, "notices.errors", { title: "磁盘已满", message: "/data", level: "error" });
  await notify(server, "notices.errors", { title: "信息", message: "不重要", level: "unknown" });
  await expect(notices.assertive).toContainText("磁盘已满");
  await expect(notices.polite.getByRole("img", { name: "信息" })).toBeVisible();
  await expect(notices.polite).toBeEmpty({ timeout: 12_000 });
  await expect(notices.toasts).toHaveCount(1);
  await live.page.getByRole("button", { name: "关闭通知：磁盘已满" }).click();
  await expect(notices.toasts).toHaveCount(0);
  await notices.hasUnread(1);
});

test("a toast stays while a person is at it", async ({ live, server }) => {
  const notices = await watch(live, "notices.held");
  for (const title of ["first", "second"]) await notify(server, "notices.held", { title, message: "" });
  await notices.toasts.filter({ hasText: "first" }).hover();
  await expect(notices.toasts).toHaveText([/first/], { timeout: 12_000 });
  await live.page.mouse.move(0, 0);
  await expect(notices.toasts).toHaveCount(0, { timeout: 12_000 });
});

test("the ticker's notification is one", async ({ live }) => {
  await live.open({ path: "/?stream=ticker" });
  await live.connect.click();
  const notices = new Notices(live.page);
  await expect(notices.polite).toContainText("A notification", { timeout: 15_000 });
  await expect(notices.polite).toContainText("You have been watching for five seconds.");
});

test("the board has them, too", async ({ page, server }) => {
  await page.goto(`${server.url}/board?channel=notices.board&field=x`);
  const notices = new Notices(page);
  await expect(page.locator("html")).toHaveAttribute("data-page", "ready");
  await notify(server, "notices.board", { title: "On the board", message: "" });
  await expect(notices.polite).toContainText("On the board");
});

test("the list under the bell is newest first, and survives a reload", async ({ live, server }) => {
  const notices = await watch(live, "notices.list");
  for (const title of ["one", "two", "three"]) await notify(server, "notices.list", { title, message: "text" });
  await notices.hasUnread(3);
  await expect(notices.bell).toHaveText("3");
  await live.page.reload();
  await notices.hasUnread(3);
  await expect(notices.toasts).toHaveCount(0);
  await notices.bell.click();
  await expect(notices.bell).toHaveAttribute("aria-expanded", "true");
  await expect(notices.items).toHaveText([/three.*新$/s, /two.*新$/s, /one.*新$/s]);
  await notices.hasUnread(0);
  await notices.panel.getByRole("button", { name: "关闭" }).click();
  await expect(notices.panel).toBeHidden();
  await live.page.reload();
  await live.hydrated();
  await notices.bell.click();
  await expect(notices.items).toHaveText([/three.*[^新]$/s, /two.*[^新]$/s, /one.*[^新]$/s]);
  // What comes while it is open is seen there.
  await notify(server, "notices.list", { title: "four", message: "" });
  await expect(notices.items.first()).toHaveText(/four.*新$/s);
  await notices.hasUnread(0);
  const [toast, item] = [await notices.toasts.boundingBox(), await notices.items.first().boundingBox()];
  expect(toast!.y).toBeGreaterThan(item!.y + item!.height);
  await notices.panel.getByRole("button", { name: "全部清除" }).click();
  await expect(notices.items).toHaveCount(0);
  await expect(notices.panel).toContainText("没有通知");
  await expect(notices.panel).toBeFocused();
  await live.page.locator("main").click({ position: { x: 5, y: 5 } });
  await expect(notices.panel).toBeHidden();
  await live.page.reload();
  await live.hydrated();
  await notices.bell.click();
  await expect(notices.panel).toContainText("没有通知");
});

test("two tabs keep it once, and what one reads or clears is so in the other", async ({ live, server, context }) => {
  const one = await watch(live, "notices.tabs");
  const other = await another(context, server, "/?channel=notices.tabs");
  // This one watches something else, and hears of it all the same.
  const third = await another(context, server, "/?channel=notices.else");
  await notify(server, "notices.tabs", { title: "once", message: "", level: "error" });
  for (const tab of [one, other]) await expect(tab.assertive).toContainText("once");
  for (const tab of [one, other, third]) await tab.hasUnread(1);
  await expect(third.toasts).toHaveCount(0);
  await other.bell.click();
  await expect(other.items).toHaveText([/once/]);
  for (const tab of [one, other, third]) await tab.hasUnread(0);
  // Read there is read here.
  await expect(one.toasts).toHaveCount(0);
  await one.bell.click();
  await expect(one.items).toHaveText([/once/]);
  await one.panel.getByRole("button", { name: "全部清除" }).click();
  await expect(other.items).toHaveCount(0);
});

test("a page that may keep nothing has them as long as it lives", async ({ live, server }) => {
  await live.page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("", "SecurityError"); } });
  });
  const notices = await watch(live, "notices.private");
  await notify(server, "notices.private", { title: "kept", message: "" });
  await notices.hasUnread(1);
  await notify(server, "notices.private", { title: "more", message: "" });
  await notices.hasUnread(2);
  await notices.bell.click();
  await expect(notices.items).toHaveCount(2);
  await notices.hasUnread(0);
});

test("what is no notice, or a hostile one, does no harm", async ({ live, server }) => {
  await live.page.addInitScript(() => {
    (window as any).harmed = 0;
    // Another page of this site may have written there, or another version of this one.
    localStorage.setItem(
      "tidings.notices",
      '{"notices":[{"title":"old","message":"m","url":"javascript:harmed++","time":1,"arrived":1},7,{}]}',
    );
  });
  const notices = await watch(live, "notices.hostile");
  await notices.hasUnread(1);
  const wrong = [
    "not JSON",
    "",
    "null",
    "[]",
    '"text"',
    JSON.stringify({ title: 1, message: "m" }),
    JSON.stringify({ title: "t", message: ["m"] }),
    JSON.stringify({ title: "  ", message: "m" }),
    JSON.stringify({ message: "m" }),
    JSON.stringify({ title: "t", message: "x".repeat(100_000) }),
  ];
  for (const data of wrong) await server.publish("notices.hostile", data, "notification");
  const markup = '<img src=x onerror="harmed++">';
  const urls = ["javascript:harmed++", "//example.org", "/\\example.org", "data:text/html,x", 5];
  await server.publishAll(
    "notices.hostile",
    urls.map((url) => ({ event: "notification", data: { title: markup, message: markup, level: {}, url } })),
  );
  await notify(server, "notices.hostile", { title: "T".repeat(9_000), message: "m".repeat(9_000), url: "https://a.example@b.example/" });
  await notices.hasUnread(1 + urls.length + 1);
  await expect(notices.toasts).toHaveCount(3);
  await expect(notices.toasts.last().getByRole("link")).toHaveText("打开 b.example");
  await notices.bell.click();
  await expect(notices.items).toHaveCount(1 + urls.length + 1);
  await expect(notices.items.nth(1)).toContainText(markup);
  await expect(notices.panel.getByRole("link")).toHaveCount(1);
  await expect(notices.panel.getByRole("link")).toHaveAttribute("rel", "noopener noreferrer");
  expect((await notices.items.first().textContent())!.length).toBeLessThan(1_300);
  expect(await live.page.locator(".notes img, .toasts img").count()).toBe(0);
  expect(await live.page.evaluate(() => (window as any).harmed)).toBe(0);
  expect(await overflow(live.page)).toEqual([0]);
});

test("of 200 at once three are toasts, and 100 are kept", async ({ live, server }) => {
  const notices = await watch(live, "notices.many");
  await live.page.evaluate(() => {
    const page = window as any;
    page.most = 0;
    new MutationObserver(() => {
      page.most = Math.max(page.most, document.querySelectorAll(".toast").length);
    }).observe(document.body, { childList: true, subtree: true });
  });
  const data = Array.from({ length: 200 }, (_, n) => ({ title: `number ${n}`, message: "one of many" }));
  await server.publishAll("notices.many", data.map((data) => ({ event: "notification", data })));
  await notices.hasUnread("99+");
  await expect(notices.bell).toHaveText("99+");
  await expect(notices.toasts).toHaveText([/number 197/, /number 198/, /number 199/]);
  await notices.bell.click();
  await expect(notices.items).toHaveCount(100);
  await expect(notices.items.first()).toContainText("number 199");
  await expect(notices.items.last()).toContainText("number 100");
  expect(await live.page.evaluate(() => (window as any).most)).toBe(3);
});

test("toasts make way for who is writing below them", async ({ live, server }) => {
  const notices = await watch(live, "notices.way");
  for (const title of ["one", "two", "three"]) {
    await notify(server, "notices.way", { title, message: "in the way", level: "error" });
  }
  await expect(notices.toasts).toHaveCount(3);
  const send = live.page.getByRole("button", { name: "发送" });
  await send.focus();
  const isCovered = async () => {
    const [toast, button] = [await notices.toasts.last().boundingBox(), await send.boundingBox()];
    return toast!.y + toast!.height > button!.y;
  };
  await expect.poll(isCovered).toBe(false);
  await live.page.getByRole("link", { name: "Tidings" }).focus();
  await expect.poll(isCovered).toBe(true);
});

test.describe("notifications of the system", () => {
  /** Notes what is made of them, and lets the page be out of view. */
  async function observe(page: Page): Promise<void> {
    await page.addInitScript(() => {
      const page = window as any;
      page.made = [];
      page.away = false;
      Object.defineProperty(Document.prototype, "hidden", { get: () => page.away });
      page.Notification = class extends Notification {
        constructor(title: string, options: NotificationOptions) {
          super(title, options);
          page.made.push(this);
        }
      };
    });
  }

  const made = (page: Page) =>
    page.evaluate(() => (window as any).made.map(({ title, body, tag }: Notification) => ({ title, body, tag })));
  const leave = (page: Page, away = true) => page.evaluate((away) => void ((window as any).away = away), away);

  test("come when the person agreed and does not see the page", async ({ live, server, context }) => {
    await context.grantPermissions(["notifications"], { origin: server.url });
    await observe(live.page);
    const notices = await watch(live, "notices.system");
    const { page } = live;
    await leave(page);
    await notify(server, "notices.system", { title: "not wanted", message: "" });
    await notices.hasUnread(1);
    await leave(page, false);
    await notices.bell.click();
    await expect(notices.panel).toContainText("在看不到此页面时提醒。");
    await expect(notices.system).not.toBeChecked();
    await notices.system.check();
    await notify(server, "notices.system", { title: "in view", message: "" });
    await expect(notices.items).toHaveCount(2);
    await page.keyboard.press("Escape");
    await leave(page);
    const id = await notify(server, "notices.system", { title: "Away", message: "text", url: "/board" });
    await expect.poll(() => made(page)).toEqual([{ title: "Away", body: "text", tag: id }]);
    const opened = context.waitForEvent("page");
    await page.evaluate(() => (window as any).made[0].dispatchEvent(new Event("click")));
    await expect(await opened).toHaveURL(`${server.url}/board`);
    await page.reload();
    await live.hydrated();
    await notices.bell.click();
    await expect(notices.system).toBeChecked();
    await notices.system.uncheck();
    await leave(page);
    await notify(server, "notices.system", { title: "off again", message: "" });
    await expect(notices.items.first()).toContainText("off again");
    expect(await made(page)).toEqual([]);
  });

  for (const [permission, text] of [
    ["denied", "浏览器已阻止。请在地址栏的网站设置中允许通知。"],
    ["unsupported", "此浏览器不支持系统通知。"],
    ["insecure", "系统通知只能在 HTTPS 或 localhost 上使用。"],
  ]) {
    test(`${permission}: the switch is off, and says why`, async ({ live }) => {
      await live.page.addInitScript((permission) => {
        if (permission === "unsupported") delete (window as any).Notification;
        if (permission === "insecure") Object.defineProperty(window, "isSecureContext", { value: false });
        if (permission === "denied") Object.defineProperty(Notification, "permission", { value: "denied" });
        localStorage.setItem("tidings.notices.system", "on");
      }, permission);
      await live.open();
      const notices = new Notices(live.page);
      await notices.bell.click();
      await expect(notices.system).toBeDisabled();
      await expect(notices.system).not.toBeChecked();
      await expect(notices.system).toHaveAccessibleDescription(text!);
      expect(await violations(live.page)).toEqual([]);
    });
  }

  for (const [answer, isOn] of [["granted", true], ["denied", false], ["default", false]] as const) {
    test(`are asked for when they are switched on: ${answer}`, async ({ live }) => {
      await live.page.addInitScript((answer) => {
        let permission = "default";
        Object.defineProperty(Notification, "permission", { get: () => permission });
        Notification.requestPermission = async () => (permission = answer) as NotificationPermission;
      }, answer);
      await live.open();
      const notices = new Notices(live.page);
      await notices.bell.click();
      await expect(notices.system).toHaveAccessibleDescription("在看不到此页面时提醒。浏览器会先征求许可。");
      await notices.system.click();
      await expect(notices.system).toBeChecked({ checked: isOn });
      await expect(notices.system).toBeEnabled({ enabled: answer !== "denied" });
    });
  }
});

test("all of it works by keyboard", async ({ live, server }) => {
  const notices = await watch(live, "notices.keys");
  const { page } = live;
  const press = (key: string) => page.keyboard.press(key);
  await notify(server, "notices.keys", { title: "first", message: "text", url: "/board" });
  await notify(server, "notices.keys", { title: "second", message: "text" });
  await expect(notices.toasts).toHaveCount(2);
  await page.locator(".note-close").first().focus();
  await press("Enter");
  await expect(notices.toasts).toHaveText([/second/]);
  await expect(page.getByRole("button", { name: "关闭通知：second" })).toBeFocused();
  await press("Escape");
  await expect(notices.toasts).toHaveCount(0);
  await expect(notices.bell).toBeFocused();
  await live.log.focus();
  await press("b");
  await expect(notices.panel).toBeFocused();
  for (const name of ["全部清除", "关闭"]) {
    await press("Tab");
    await expect(notices.panel.getByRole("button", { name })).toBeFocused();
  }
  await press("Tab");
  await expect(notices.panel.getByRole("list")).toBeFocused();
  await press("Tab");
  await expect(notices.panel.getByRole("link", { name: "打开: first" })).toBeFocused();
  await press("Escape");
  await expect(notices.panel).toBeHidden();
  await expect(live.log).toBeFocused();
  await notices.bell.focus();
  await press("Enter");
  await expect(notices.panel).toBeFocused();
  await press("Shift+Tab");
  await expect(notices.bell).toBeFocused();
  await press("Shift+Tab");
  await expect(notices.panel).toBeHidden();
  await press("?");
  await expect(page.getByRole("dialog", { name: "键盘快捷键" })).toContainText("通知");
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 720 } });

      test("axe finds nothing, and nothing is wider than the screen", async ({ live, server }) => {
        const { page } = live;
        await page.emulateMedia({ reducedMotion: "reduce" });
        const notices = await watch(live, `notices.axe-${colorScheme}-${width}`);
        await notices.bell.click();
        expect(await violations(page), "empty").toEqual([]);
        await page.keyboard.press("Escape");
        const channel = `notices.axe-${colorScheme}-${width}`;
        for (const level of ["info", "success", "warning"]) {
          const message = "A longer text that takes more than one line of a toast, even of a wide one.";
          await notify(server, channel, { title: `Level ${level}`, message, level, url: "https://example.org/" });
        }
        await expect(notices.toasts).toHaveCount(3);
        expect(await violations(page), "toasts").toEqual([]);
        await notices.bell.click();
        await notify(server, channel, { title: "An error", message: "It went wrong.", level: "error" });
        await expect(notices.toasts).toHaveCount(1);
        await expect(notices.items).toHaveCount(4);
        expect(await violations(page), "list and toast").toEqual([]);
        expect(await overflow(page)).toEqual([0]);
        await page.getByRole("button", { name: "English" }).click();
        await page.getByRole("button", { name: "Notifications" }).click();
        await expect(page.getByRole("dialog", { name: "Notifications" })).toContainText("Clear all");
        expect(await violations(page), "in English").toEqual([]);
      });
    });
  }
}

test("code that does not come is said, and tried again", async ({ live, server }) => {
  const notices = await watch(live, "notices.late");
  const missing = live.page.getByText("这部分功能没有加载成功");
  await live.page.route(/split_notices/, (route) => route.fulfill({ status: 404 }));
  await notices.bell.click();
  await expect(missing).toBeVisible();
  await live.page.unroute(/split_notices/);
  await notify(server, "notices.late", { title: "comes", message: "" });
  await expect(notices.polite).toContainText("comes");
  await expect(missing).toBeHidden();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("there is no bell", async ({ page, server }) => {
    await page.goto(server.url);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await expect(new Notices(page).bell).toBeHidden();
  });
});
