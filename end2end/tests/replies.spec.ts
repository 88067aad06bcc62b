import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { overflow, violations } from "./axe.js";
import { test as base, expect } from "./fixtures.js";
import { Model } from "./model.js";
import type { Server } from "./server.js";

/** Each test has a model that says what the test wants, a log in a file, and a server that asks the one and keeps in the other. */
const test = base.extend<{ model: Model; folder: string }>({
  model: async ({}, use) => {
    const model = await Model.start();
    await use(model);
    await model.close();
  },
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "tidings-replies-"));
    await use(folder);
    await rm(folder, { recursive: true });
  },
  settings: async ({ model, folder }, use) => {
    await use({ ...model.settings, TIDINGS_LOG_URL: `sqlite:${join(folder, "log.db")}`, TIDINGS_STREAM_RETRY: "200ms" });
  },
});

const field = (page: Page) => page.getByRole("textbox", { name: "问题" });
const articles = (page: Page) => page.getByRole("article");
const answer = (page: Page) => articles(page).last().locator(".answer");
const standing = (page: Page) => articles(page).last().locator(".standing-line");

/** Opens a page of replies, until its code has taken it over. */
async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await taken(page);
}

async function taken(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-page", "ready");
  // What only the browser's part makes.
  await expect(page.locator(".thread-connection")).toBeAttached();
}

/** Asks as a person does, in a new thread, and waits for the thread's page. */
async function ask(page: Page, server: Server, prompt: string): Promise<string> {
  await open(page, `${server.url}/replies`);
  await field(page).fill(prompt);
  await field(page).press("Enter");
  await page.waitForURL(/\/replies\/[\w-]+#newest$/);
  await taken(page);
  return new URL(page.url()).pathname.split("/")[2] ?? "";
}

/** The answers of a thread as its messages say them. */
async function kept(server: Server, thread: string): Promise<{ text: string; length: number | undefined }[]> {
  const history = await fetch(`${server.url}/api/channels/replies.${thread}/messages?limit=1000`);
  const { messages } = (await history.json()) as { messages: { event: string; data: string }[] };
  const answers = new Map<string, { text: string; length: number | undefined }>();
  for (const { event, data } of messages) {
    const { reply, text, length } = JSON.parse(data);
    if (event === "prompt") answers.set(reply, { text: "", length: undefined });
    const known = answers.get(reply);
    if (event === "delta" && known) known.text += text;
    if (event === "done" && known) known.length = length;
  }
  return [...answers.values()];
}

/** What the button copies. */
async function copied(page: Page): Promise<string> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await articles(page).last().getByRole("button", { name: "复制", exact: true }).last().click();
  await expect(articles(page).last().locator(".copied")).toHaveText("已复制");
  return page.evaluate(() => navigator.clipboard.readText());
}

test("an answer shows while it is written, on two devices, also one that comes in the middle", async ({
  page,
  browser,
  ownServer,
  model,
}) => {
  const thread = await ask(page, ownServer, "说说**粗体**");
  const asked = await model.asked();
  expect(asked.prompt).toBe("说说**粗体**");
  await expect(page.locator(".prompt")).toHaveText("说说**粗体**");
  await expect(standing(page)).toHaveText("正在思考…");
  asked.say("# 标题\n\n一段**粗");
  // The delimiter is not closed yet.
  await expect(answer(page).locator("strong")).toHaveText("粗");
  await expect(answer(page)).toHaveAttribute("aria-busy", "true");

  const other = await (await browser.newContext({ locale: "en" })).newPage();
  await open(other, `${ownServer.url}/replies/${thread}`);
  await expect(answer(other).locator("strong")).toHaveText("粗");
  await expect(other.getByRole("button", { name: "Stop" })).toBeVisible();

  asked.say("体**文字。\n\n- 一\n- 二\n\n```js\nlet a = 1;\n```\n\n🎉").end();
  for (const each of [page, other]) {
    await expect(answer(each)).toHaveAttribute("aria-busy", "false");
    await expect(answer(each).getByRole("heading", { level: 3 })).toHaveText("标题");
    await expect(answer(each).locator("li")).toHaveText(["一", "二"]);
    await expect(answer(each).locator("pre")).toHaveText("let a = 1;\n");
  }
  const html = (each: Page) => answer(each).evaluate((place) => place.innerHTML.replace(/<button.*?<\/button>/g, ""));
  expect(await html(other)).toBe(await html(page));
  const [said] = await kept(ownServer, thread);
  expect(said?.text).toBe("# 标题\n\n一段**粗体**文字。\n\n- 一\n- 二\n\n```js\nlet a = 1;\n```\n\n🎉");
  expect(Buffer.byteLength(said!.text)).toBe(said!.length);
  expect(await copied(page)).toBe(said!.text);
  await page.getByRole("button", { name: "复制" }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("let a = 1;\n");
  await other.context().close();
});

test("a reload in the middle goes on, and ends with the same bytes", async ({ page, ownServer, model }) => {
  const thread = await ask(page, ownServer, "长文");
  const asked = await model.asked();
  asked.say("第一段，");
  await expect(answer(page)).toHaveText("第一段，");
  asked.say("`co");
  await page.reload();
  asked.say("de` 完");
  await taken(page);
  asked.say("了。");
  await expect(answer(page)).toHaveText("第一段，code 完了。");
  asked.end();
  await expect(answer(page)).toHaveAttribute("aria-busy", "false");
  await expect(answer(page).locator("code")).toHaveText("code");
  expect(await copied(page)).toBe((await kept(ownServer, thread))[0]?.text);
  // Rendered by the server alone, it is the same.
  const live = await answer(page).innerHTML();
  const html = await (await fetch(`${ownServer.url}/replies/${thread}`)).text();
  expect(html).toContain(live);
});

test("a server that dies in the middle says so when it is back, and what was said stays", async ({
  page,
  ownServer,
  model,
}) => {
  await ask(page, ownServer, "会断的");
  const asked = await model.asked();
  asked.say("说到一半");
  await expect(answer(page)).toHaveText("说到一半");
  await ownServer.stop("SIGKILL");
  await expect(page.getByText("连接断了，正在重连…")).toBeVisible();
  await ownServer.restart();
  await expect(standing(page)).toHaveText("服务器重启，回答中断了。", { timeout: 20_000 });
  await expect(answer(page)).toHaveText("说到一半");
  await expect(page.getByText("连接断了，正在重连…")).toBeHidden();
  await page.getByRole("button", { name: "重试" }).click();
  const again = await model.asked();
  expect(again.said).toEqual(["会断的", "说到一半", "会断的"]);
  again.say("这次说完了").end();
  await expect(articles(page)).toHaveCount(2);
  await expect(answer(page)).toHaveText("这次说完了");
});

test("stop ends the work at the model's server; by keyboard the focus goes on", async ({ page, ownServer, model }) => {
  await ask(page, ownServer, "很长的回答");
  const asked = await model.asked();
  asked.say("一二三");
  await expect(answer(page)).toHaveText("一二三");
  // Another prompt has to wait.
  await expect(page.getByText("回答结束或停止后才能再问。")).toBeVisible();
  await field(page).fill("下一个");
  await field(page).press("Enter");
  await expect(field(page)).toHaveValue("下一个");
  const stop = page.getByRole("button", { name: "停止" });
  await stop.focus();
  await stop.press("Enter");
  await asked.closed;
  await expect(standing(page)).toHaveText("已停止。");
  await expect(page.getByRole("status").filter({ hasText: "已停止。" })).toBeAttached();
  await expect(page.getByRole("button", { name: "重试" })).toBeFocused();
  await field(page).press("Enter");
  const next = await model.asked();
  expect(next.prompt).toBe("下一个");
  next.say("好").end();
  await expect(answer(page)).toHaveText("好");
  await expect(field(page)).toHaveValue("");
});

test("what a model says is text, whatever it is", async ({ page, ownServer, model }) => {
  const failures: string[] = [];
  page.on("dialog", (dialog) => failures.push(dialog.message()) && dialog.dismiss());
  await ask(page, ownServer, "<img src=x onerror=alert(1)>");
  const asked = await model.asked();
  const hostile = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "[a](javascript:alert(3)) [b](data:text/html,<script>alert(4)</script>) [c](JaVaScRiPt:alert(5))",
    "<javascript:alert(6)> ![d](javascript:alert(7))",
    '[e](https://e.org/"onmouseover="alert(8))',
    "```<script>\n</code></pre><script>alert(9)</script>\n```",
    "| <b>x</b> | y |\n|---|---|\n| </td><script>alert(10)</script> | z |",
  ];
  for (const part of hostile) asked.say(`${part}\n\n`);
  asked.end();
  await expect(answer(page)).toHaveAttribute("aria-busy", "false");
  for (const when of ["live", "from the server"]) {
    await expect(answer(page), when).toContainText("<script>alert(1)</script>");
    await expect(answer(page), when).toContainText("[a](javascript:alert(3))");
    await expect(answer(page).locator("td").first(), when).toHaveText("</td><script>alert(10)</script>");
    expect(await answer(page).locator("script, img, b, [onmouseover], [onerror]").count(), when).toBe(0);
    const links = answer(page).getByRole("link");
    expect(await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol)), when).toEqual(["https:"]);
    await expect(links.first(), when).toHaveAttribute("rel", "noopener noreferrer nofollow");
    await page.reload();
    await taken(page);
  }
  expect(failures).toEqual([]);
});

test("failures of the model's server are told apart", async ({ page, ownServer, model }) => {
  await ask(page, ownServer, "一");
  (await model.asked()).refuse(429, { "retry-after": "30" }, "slow down");
  await expect(standing(page)).toHaveText("模型的服务器请求太多，暂不受理。");
  await expect(articles(page).last()).toContainText(/(30|2\d) 秒后可以重试。/);
  for (const [fail, words] of [
    [(asked) => asked.refuse(401, {}, "no"), "模型的服务器不接受密钥。"],
    [(asked) => asked.refuse(503, {}, "no"), "模型的服务器暂时不可用。"],
    [
      async (asked) => {
        asked.say("半");
        await expect(answer(page)).toHaveText("半");
        asked.cut();
      },
      "回答中途断了。",
    ],
    [(asked) => asked.say("半").end("content_filter"), "内容过滤器中止了回答。"],
  ] satisfies [(asked: Awaited<ReturnType<Model["asked"]>>) => void | Promise<void>, string][]) {
    await articles(page).last().getByRole("button", { name: "重试" }).click();
    await fail(await model.asked());
    await expect(standing(page)).toHaveText(words);
  }
  await articles(page).last().getByRole("button", { name: "重试" }).click();
  (await model.asked()).say("很长").end("length");
  await expect(standing(page)).toHaveText("回答达到了长度上限。");
  await expect(articles(page)).toHaveCount(6);
});

test("a prompt whose acknowledgement is lost is asked once", async ({ page, ownServer, model }) => {
  await open(page, `${ownServer.url}/replies`);
  await page.route("**/api/page/ask", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await field(page).fill("只问一次");
  await page.getByRole("button", { name: "提问" }).click();
  await expect(page.getByText("没有收到服务器的应答。")).toBeVisible();
  await expect(field(page)).toHaveValue("只问一次");
  await page.unrouteAll({ behavior: "wait" });
  await page.getByRole("button", { name: "再次发送" }).click();
  await page.waitForURL(/\/replies\/[\w-]+#newest$/);
  (await model.asked()).say("好").end();
  await taken(page);
  await expect(answer(page)).toHaveText("好");
  await expect(articles(page)).toHaveCount(1);
  await expect(page.getByRole("navigation", { name: "对话" }).getByRole("listitem")).toHaveCount(1);
});

test("the threads are listed, the newest first, each with what it is about", async ({ page, ownServer, model }) => {
  for (const prompt of ["第一个对话\n更多", "第二个对话"]) {
    await ask(page, ownServer, prompt);
    (await model.asked()).say("答").end();
    await expect(answer(page)).toHaveText("答");
  }
  await open(page, page.url());
  const threads = page.getByRole("navigation", { name: "对话" });
  await expect(threads.getByRole("listitem")).toHaveText(["第二个对话", "第一个对话"]);
  await expect(threads.getByRole("link", { name: "第二个对话" })).toHaveAttribute("aria-current", "page");
  await threads.getByRole("link", { name: "第一个对话" }).click();
  await taken(page);
  await expect(page.locator(".prompt")).toHaveText("第一个对话\n更多");
  await field(page).fill("接着问");
  await field(page).press("Enter");
  const asked = await model.asked();
  expect(asked.said).toEqual(["第一个对话\n更多", "答", "接着问"]);
  asked.say("接着答").end();
  await expect(answer(page)).toHaveText("接着答");
  expect((await page.goto(`${ownServer.url}/replies/no.thread`))?.status()).toBe(404);
});

test("of a long thread the last exchanges are there, and a way to those before", async ({ page, ownServer }) => {
  const events = (reply: string, prompt: string, text: string) => [
    { event: "prompt", data: { reply, prompt } },
    { event: "delta", data: { reply, at: 0, text } },
    { event: "done", data: { reply, reason: "finished", length: text.length } },
  ];
  const long = `${"word ".repeat(15)}\n\n`.repeat(1_300);
  for (let n = 1; n <= 4; n++) {
    const said = events(String(n).padStart(32, "0"), `question ${n}`, long);
    await ownServer.publishAll("replies.long", said.map(({ event, data }) => ({ event, data: JSON.stringify(data) })));
  }
  await open(page, `${ownServer.url}/replies/long`);
  await expect(page.locator(".prompt")).toHaveText(["question 3", "question 4"]);
  await expect(articles(page).last().getByRole("button", { name: "重试" })).toBeInViewport();
  await page.getByRole("link", { name: "更早的问答" }).click();
  await taken(page);
  await expect(page.locator(".prompt")).toHaveText(["question 1", "question 2"]);
  await expect(field(page)).toBeHidden();
  await page.getByRole("link", { name: "回到最新的问答" }).click();
  await expect(page.locator(".prompt").last()).toHaveText("question 4");
});

test("who reads further up is left there, and has a way to the newest", async ({ page, ownServer, model }) => {
  await ask(page, ownServer, "长");
  const asked = await model.asked();
  asked.say(`${"行\n\n".repeat(60)}`);
  const list = page.locator(".exchanges");
  const distance = () => list.evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop);
  await expect(answer(page).locator("p")).toHaveCount(60);
  await expect.poll(distance).toBeLessThan(4);
  await list.hover();
  await page.mouse.wheel(0, -600);
  await expect(page.getByRole("button", { name: "到最新处" })).toBeVisible();
  const top = await list.evaluate((list) => list.scrollTop);
  asked.say("行\n\n".repeat(60)).end();
  await expect(answer(page).locator("p")).toHaveCount(120);
  expect(await list.evaluate((list) => list.scrollTop)).toBe(top);
  await page.getByRole("button", { name: "到最新处" }).click();
  await expect.poll(distance).toBeLessThan(4);
  await expect(page.getByRole("button", { name: "到最新处" })).toBeHidden();
});

test("without scripts a prompt is asked, and stopped, and its answer read", async ({ browser, ownServer, model }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto(`${ownServer.url}/replies`);
  await field(page).fill("没有脚本\n第二行");
  await page.getByRole("button", { name: "提问" }).click();
  await page.waitForURL(/\/replies\/[\w-]+#newest$/);
  const asked = await model.asked();
  expect(asked.prompt).toBe("没有脚本\n第二行");
  asked.say("**半");
  await expect(async () => {
    await page.reload();
    await expect(answer(page).locator("strong")).toHaveText("半", { timeout: 100 });
  }).toPass();
  await expect(page.getByRole("link", { name: "回答还没写完。刷新看看" })).toBeVisible();
  await page.getByRole("button", { name: "停止" }).click();
  await asked.closed;
  await expect(async () => {
    await page.reload();
    await expect(standing(page)).toHaveText("已停止。", { timeout: 100 });
  }).toPass();
  await expect(answer(page)).toHaveText("**半");
  await page.getByRole("button", { name: "重试" }).click();
  (await model.asked()).say("完").end();
  await expect(async () => {
    await page.reload();
    await expect(answer(page)).toHaveText("完", { timeout: 100 });
  }).toPass();
  await expect(articles(page)).toHaveCount(2);
  await context.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test(`${colorScheme}, ${width} px: axe finds nothing and nothing is too wide`, async ({ page, ownServer, model }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 720 });
      await open(page, `${ownServer.url}/replies`);
      expect(await violations(page)).toEqual([]);
      expect((await overflow(page))[0]).toBe(0);
      await ask(page, ownServer, `长词${"x".repeat(200)}`);
      const asked = await model.asked();
      asked.say(
        `### 小标题\n\n一段 \`代码\` 和 [链接](https://example.org) ${"y".repeat(300)}\n\n> 引用\n\n1. 一\n   - 二\n\n` +
          `| 名称 | 数量 | 说明 |\n|---|--:|:-:|\n| 茶 | 1 | ${"很长的".repeat(30)} |\n\n\`\`\`rust\nlet long = "${"z".repeat(200)}";\n\`\`\`\n`,
      );
      await expect(answer(page).locator("pre")).toContainText("zzz");
      expect(await violations(page)).toEqual([]);
      asked.cut();
      await expect(standing(page)).toHaveText("回答中途断了。");
      await expect(answer(page).getByRole("heading", { level: 3 })).toHaveText("小标题");
      expect(await violations(page)).toEqual([]);
      expect((await overflow(page))[0]).toBe(0);
    });
  }
}
