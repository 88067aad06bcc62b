import { type IncomingMessage, type ServerResponse } from "node:http";
import { violations } from "./axe.js";
import { expect, test } from "./fixtures.js";
import { answerWith } from "./server.js";

test.describe("the keys", () => {
  test("press the controls that name them, and a sheet lists them", async ({ live }) => {
    await live.open();
    await live.page.keyboard.press("?");
    const sheet = live.page.getByRole("dialog", { name: "键盘快捷键" });
    await expect(sheet.getByRole("definition").first()).toHaveText("b");
    await expect(sheet.getByRole("definition").nth(1)).toHaveText("?");
    await expect(sheet.locator("dt").filter({ hasText: "建立连接" })).toBeVisible();
    expect(await violations(live.page)).toEqual([]);
    await live.page.keyboard.press("Escape");
    await expect(sheet).toBeHidden();
    await live.page.keyboard.press("c");
    await live.receives(1);
    await live.page.keyboard.press("d");
    await expect(live.title).toHaveText("已断开");
  });

  test("are text where text is typed", async ({ live }) => {
    await live.open({ path: "/?channel=typed" });
    await expect(live.title).toHaveText("已连接");
    await live.page.keyboard.press("m");
    const field = live.page.locator(".composer textarea");
    await expect(field).toBeFocused();
    await live.page.keyboard.type("d?");
    await expect(field).toHaveValue("d?");
    await expect(live.title).toHaveText("已连接");
  });

  test("can be switched off, which is remembered", async ({ live }) => {
    await live.open();
    await live.page.getByRole("button", { name: "键盘快捷键" }).click();
    await live.page.getByRole("checkbox").uncheck();
    await live.page.reload();
    await live.hydrated();
    await live.page.keyboard.press("c");
    await live.page.keyboard.press("?");
    await expect(live.title).toHaveText("未连接");
    await expect(live.page.getByRole("dialog")).toBeHidden();
    await live.page.getByRole("button", { name: "键盘快捷键" }).click();
    await expect(live.page.getByRole("checkbox")).not.toBeChecked();
  });
});

test.describe("the monitor", () => {
  test("shows what came and what became of the connection", async ({ live, server }) => {
    await live.open({ path: "/?channel=monitored" });
    const monitor = live.page.locator(".monitor");
    await live.page.keyboard.press("l");
    await expect(monitor.getByText("连接记录")).toBeVisible();
    await expect(live.title).toHaveText("已连接");
    for (let n = 1; n <= 3; n++) await server.publish("monitored", `message ${n}`);
    await expect(monitor.locator(".figures div").first()).toHaveText(/已收到\s*3/);
    await expect(monitor.locator('[data-what="opened"]')).toHaveCount(1);
    await live.disconnect.click();
    await expect(monitor.locator(".journal li").first()).toContainText("你断开了连接");
    expect(await violations(live.page)).toEqual([]);
  });

  test("opens and closes, and stays as it was", async ({ live }) => {
    await live.open();
    const monitor = live.page.locator(".monitor");
    const log = monitor.getByText("连接记录");
    await expect(monitor).not.toHaveAttribute("open");
    await live.page.keyboard.press("l");
    await expect(log).toBeVisible();
    await live.page.reload();
    await expect(log).toBeVisible();
    await monitor.getByText("详情").click();
    await expect(log).toBeHidden();
    await live.page.reload();
    await live.hydrated();
    await expect(monitor).not.toHaveAttribute("open");
  });

  test("switches the transport without losing a message", async ({ live, server }) => {
    await live.open({ path: "/?channel=switched" });
    const monitor = live.page.locator(".monitor");
    await live.page.keyboard.press("l");
    for (const [n, name] of ["EventSource", "fetch", "自动", "EventSource"].entries()) {
      await expect(live.title).toHaveText("已连接");
      await server.publish("switched", `before ${n}`);
      await monitor.getByRole("button", { name, exact: true }).click();
      await server.publish("switched", `after ${n}`);
    }
    await live.receives(8);
    expect(await live.data()).toEqual([0, 1, 2, 3].flatMap((n) => [`before ${n}`, `after ${n}`]));
    await live.page.reload();
    await expect(monitor.getByRole("button", { name: "EventSource" })).toHaveAttribute("aria-pressed", "true");
    await expect(monitor.locator(".journal")).toContainText("EventSource");
  });
});

/** A server of another origin that answers with what it was asked, as an event. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
  response.setHeader("access-control-allow-headers", "x-key, content-type, last-event-id");
  if (request.method === "OPTIONS") return void response.writeHead(204).end();
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const asked = JSON.stringify({ method: request.method, key: request.headers["x-key"], body });
    response.write(`event: asked\nid: 1\ndata: ${asked}\n\n`);
  });
}

test.describe("any other stream", () => {
  test("of another origin is opened with a method, headers and a body", async ({ live }) => {
    const other = await answerWith(echo);
    await live.open({ path: "/?url=" });
    await live.page.getByLabel("其他事件流的地址").fill(`${other.url}/events?a=b`);
    await live.page.getByRole("button", { name: "查看" }).click();
    await expect(live.page).toHaveURL((url) => url.searchParams.get("url") === `${other.url}/events?a=b`);
    await live.hydrated();
    await live.connect.click();
    await live.receives(1);
    expect((await live.events())[0]).toMatchObject({ name: "asked", data: '{"method":"GET","body":""}' });

    const request = live.page.getByRole("form", { name: "请求" });
    await request.getByLabel("方法").selectOption("POST");
    await request.getByLabel("请求头").fill("no header");
    await request.getByRole("button", { name: "应用并连接" }).click();
    await expect(request.getByRole("alert")).toHaveText("第 1 行不是“名称: 值”的形式。");
    await request.getByLabel("请求头").fill("X-Key: secret");
    await request.getByLabel("请求体").fill("with a body");
    await request.getByRole("button", { name: "应用并连接" }).click();
    await live.receives(2);
    expect(JSON.parse((await live.data())[1]!)).toEqual({ method: "POST", key: "secret", body: "with a body" });
    expect(await violations(live.page)).toEqual([]);
    await other.close();
  });

  test("that lets no other origin in fails with a word on why", async ({ live }) => {
    const other = await answerWith((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: secret\n\n");
    });
    await live.open({ path: `/?url=${encodeURIComponent(other.url)}` });
    await live.connect.click();
    await expect(live.detail).toContainText("CORS");
    await other.close();
  });

  test("of this server is a path", async ({ live }) => {
    await live.open({ path: "/?url=%2Fapi%2Fsse" });
    await live.connect.click();
    await live.receives(5);
    expect((await live.events())[0]?.name).toBe("message");
  });

  test("is not opened where the address is none", async ({ live, server }) => {
    await live.open({ path: "/?url=" });
    await live.page.getByLabel("其他事件流的地址").fill("ftp://example.com");
    await live.page.getByRole("button", { name: "查看" }).click();
    const problem = live.page.locator("#picker-problem");
    await expect(problem).toHaveText("地址应以 https://、http:// 或 / 开头。");
    const answer = await live.page.goto(`${server.url}/?url=javascript%3Aalert(1)`);
    expect(answer?.status()).toBe(400);
    await expect(problem).toHaveText("地址应以 https://、http:// 或 / 开头。");
  });
});

test("what cannot be loaded later is said, and tried again", async ({ live }) => {
  await live.open();
  await live.page.route(/split_console/, (route) => route.fulfill({ status: 404 }));
  await live.page.keyboard.press("?");
  await expect(live.page.getByText("这部分功能没有加载成功")).toBeVisible();
  await live.page.unroute(/split_console/);
  await live.page.keyboard.press("?");
  await expect(live.page.getByRole("dialog")).toBeVisible();
  await expect(live.page.getByText("这部分功能没有加载成功")).toBeHidden();
});
