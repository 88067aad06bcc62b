import { overflow, violations } from "./axe.js";
import { expect, test } from "./fixtures.js";
import { answerWith } from "./server.js";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      // After the greeting comes nothing more, for as long as the looking takes.
      const settings = { TIDINGS_DEMO_INTERVAL: "1m", TIDINGS_STREAM_RETRY: "5m" };
      test.use({ colorScheme, viewport: { width, height: 720 }, settings });

      test("axe finds nothing, whatever the connection is doing", async ({ live, ownServer }) => {
        await live.open({ server: ownServer });
        expect(await violations(live.page), "idle").toEqual([]);
        await live.connect.click();
        await live.receives(3);
        // The colour of a row that has just arrived is on its way to what it stays.
        await live.page.emulateMedia({ reducedMotion: "reduce" });
        expect(await violations(live.page), "open").toEqual([]);
        await live.clear.click();
        expect(await violations(live.page), "cleared").toEqual([]);
        await ownServer.stop("SIGKILL");
        await expect(live.title).toHaveText("等待重连");
        expect(await violations(live.page), "waiting").toEqual([]);
        await live.page.getByRole("button", { name: "English" }).click();
        expect(await violations(live.page), "waiting, in English").toEqual([]);
        const other = await answerWith((_, response) => void response.writeHead(404).end(), ownServer.url);
        await live.connect.click();
        await expect(live.title).toHaveText("Connection failed");
        expect(await violations(live.page), "failed").toEqual([]);
        await other.close();
      });

      test("nothing is wider than the screen", async ({ live }) => {
        await live.open();
        await live.connect.click();
        await expect(live.title).toHaveText("已结束");
        expect(await violations(live.page), "ended").toEqual([]);
        expect(await overflow(live.page)).toEqual([0]);
      });
    });
  }
}

test("all of it works by keyboard, and focus is never lost", async ({ live, ownServer }) => {
  await live.open({ server: ownServer });
  const press = (key: string) => live.page.keyboard.press(key);
  await press("Tab");
  await expect(live.page.getByText("跳到通信结果")).toBeFocused();
  const header = ["Tidings", "消息", "房间", "问答", "看板", "通知", "键盘快捷键", "中文", "English", "跟随系统", "浅色", "深色"];
  const stops = [...header, "演示", "时钟", "行情", "字段", "频道", "其他"];
  for (const stop of stops) {
    await press("Tab");
    const focused = live.page.locator(":focus");
    expect(((await focused.getAttribute("aria-label")) ?? (await focused.textContent()))?.trim()).toContain(stop);
  }
  await press("Tab");
  await expect(live.connect).toBeFocused();
  await press("Enter");
  await expect(live.title).toHaveText("已连接");
  await expect(live.connect).toBeFocused();
  await press("Tab");
  await expect(live.disconnect).toBeFocused();
  await live.receives(4);
  await press("Space");
  await expect(live.title).toHaveText("已断开");
  await expect(live.disconnect).toBeFocused();
  await press("Tab");
  await expect(live.page.getByText("详情")).toBeFocused();
  for (const name of ["暂停", "导出", "清空"]) {
    await press("Tab");
    await expect(live.page.getByRole("button", { name })).toBeFocused();
  }
  await press("Enter");
  await expect(live.rows).toHaveCount(0);
  await press("Tab");
  await expect(live.filter).toBeFocused();
  await press("Tab");
  await expect(live.page.getByRole("button", { name: "正则表达式" })).toBeFocused();
  await press("Tab");
  await expect(live.log).toBeFocused();
  await press("Tab");
  await expect(live.undo).toBeFocused();
  await press("Enter");
  await expect(live.rows).not.toHaveCount(0);
  await expect(live.log).toBeFocused();
});

test("what happens is announced, a few messages at a time", async ({ live }) => {
  await live.page.addInitScript(() => {
    const said: string[] = ((window as any).said = []);
    document.addEventListener("DOMContentLoaded", () => {
      for (const region of document.querySelectorAll("[aria-live=polite]")) {
        new MutationObserver(() => said.push(region.textContent?.trim() ?? "")).observe(region, {
          characterData: true,
          childList: true,
          subtree: true,
        });
      }
    });
  });
  await live.open();
  await live.connect.click();
  await expect(live.title).toHaveText("已结束");
  const said = () => live.page.evaluate(() => (window as any).said as string[]);
  await expect.poll(async () => (await said()).at(-1)).toMatch(/最新一条：结束通信。$/);
  const all = await said();
  expect(all.slice(0, 2)).toEqual(["正在连接", "已连接"]);
  expect(all).toContain("已结束");
  const counts = all.map((text) => Number(/收到 (\d+) 条/.exec(text)?.[1] ?? 0));
  expect(counts.reduce((sum, count) => sum + count)).toBe(9);
  expect(counts.filter((count) => count > 0).length).toBeLessThan(5);
});

test("the language is that of the browser, is switched at once, and remembered", async ({ live, ownServer }) => {
  await live.open({ server: ownServer });
  await expect(live.page).toHaveTitle("Tidings · 实时消息");
  await live.connect.click();
  await live.receives(4);
  const remembered = live.page.waitForResponse("**/api/page/prefer");
  await live.page.getByRole("button", { name: "English" }).click();
  await expect(live.title).toHaveText("Connected");
  await expect(live.page).toHaveTitle("Tidings · live messages");
  await expect(live.page.locator("html")).toHaveAttribute("lang", "en");
  // The stream goes on: a choice of words is no reason to lose it.
  await expect(live.title).toHaveText("Ended", { timeout: 10_000 });
  await expect(live.rows).toHaveCount(9);
  await remembered;
  await live.page.reload();
  await expect(live.title).toHaveText("Not connected");
  await expect(live.page.getByRole("button", { name: "English" })).toHaveAttribute("aria-pressed", "true");
});

test.describe("a browser that asks for English", () => {
  test.use({ locale: "en-GB" });

  test("gets English", async ({ live }) => {
    await live.open();
    await expect(live.page.locator("main")).toMatchAriaSnapshot(`
      - heading "Live messages" [level=1]
      - navigation "Source":
        - link "Demo"
        - link "Clock"
        - link "Ticker"
        - link "Fields"
        - link "Channels"
        - link "Other"
      - region "Connection":
        - paragraph: Not connected
        - paragraph: Connect, and the server’s messages appear below as they arrive.
        - button "Connect"
        - button "Disconnect" [disabled]
      - region "Messages":
        - heading "Messages" [level=2]
        - text: "0"
        - button "Pause"
        - button "Export" [disabled]
        - button "Clear" [disabled]
        - search "Filter the messages":
          - searchbox "Filter the messages" [disabled]
        - log "Messages":
          - list
        - paragraph: No messages yet
      - heading "The same stream in a terminal" [level=2]
      - code: /curl -N http://127\\.0\\.0\\.1:\\d+/api/sse/
      - button "Copy"
      - link "The whole API":
        - /url: /docs/api
    `);
  });
});

test("a server that stays away is announced once", async ({ live, ownServer }) => {
  await live.open({ server: ownServer });
  await live.connect.click();
  await live.receives(4);
  const status = live.page.locator("[aria-live=polite]").first();
  await ownServer.stop("SIGKILL");
  await expect(status).toHaveText(/^等待重连 连接中断/);
  await status.evaluate((region) => {
    (window as any).said = 0;
    new MutationObserver(() => (window as any).said++).observe(region, { characterData: true, subtree: true });
  });
  await expect(live.detail).toHaveText(/第 3 次重连/, { timeout: 20_000 });
  expect(await live.page.evaluate(() => (window as any).said)).toBe(0);
});

test("the theme is the system's until one is chosen, which is remembered", async ({ live }) => {
  const background = () => live.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await live.page.emulateMedia({ colorScheme: "dark" });
  await live.open();
  const dark = await background();
  await live.page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  expect(light).not.toBe(dark);
  const remembered = live.page.waitForResponse("**/api/page/prefer");
  await live.page.getByRole("button", { name: "深色" }).click();
  await expect.poll(background).toBe(dark);
  await remembered;
  await live.page.reload();
  expect(await background()).toBe(dark);
  await live.hydrated();
  await live.page.getByRole("button", { name: "浅色" }).click();
  await live.page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background).toBe(light);
});
