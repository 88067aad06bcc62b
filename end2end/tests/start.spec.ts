import type { ServerResponse } from "node:http";
import { expect, LivePage, test } from "./fixtures.js";
import { answerWith } from "./server.js";

test("a click made before the page is ready is answered when it is", async ({ live }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await live.page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await live.open({ hydrated: false });
  await live.connect.click();
  await expect(live.connect).toHaveAttribute("aria-busy", "true");
  await expect(live.title).toHaveText("未连接");
  release();
  await expect(live.title).toHaveText("已结束");
  await expect(live.connect).not.toHaveAttribute("aria-busy");
  await expect(live.rows).toHaveCount(9);
});

test("a page whose end comes after the WebAssembly is taken over when it is whole", async ({ live, server }) => {
  // A connection that stalls in the middle of the document: a proxy in front of the real server.
  let stalled: ServerResponse | undefined;
  let rest = "";
  const proxy = await answerWith(async (request, response) => {
    const answer = await fetch(server.url + request.url);
    const headers = { "content-type": answer.headers.get("content-type") ?? "" };
    if (request.url !== "/") {
      response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    const html = await answer.text();
    const middle = html.indexOf("<main");
    stalled = response.writeHead(200, headers);
    response.write(html.slice(0, middle));
    rest = html.slice(middle);
  });
  try {
    const loaded = live.page.waitForEvent("requestfinished", (request) => request.url().endsWith(".wasm"));
    const opened = live.page.goto(proxy.url);
    await loaded;
    // Compiling takes a moment more; what would break then has broken by the end of this.
    await live.page.waitForFunction(() => performance.now() > 1_000);
    stalled?.end(rest);
    await opened;
    await live.hydrated();
    await live.connect.click();
    await expect(live.title).not.toHaveText("未连接");
  } finally {
    await proxy.close();
  }
});

test("where the WebAssembly does not load, the page says so and still leads to the stream", async ({ live }) => {
  await live.page.route("**/*.wasm", (route) => route.abort());
  await live.open({ hydrated: false });
  await expect(live.page.locator("html")).toHaveAttribute("data-page", "failed");
  await expect(live.page.getByText("此页面需要 JavaScript 和 WebAssembly")).toBeVisible();
  await live.connect.click({ noWaitAfter: true });
  await expect(live.page.getByText("Hello, world!")).toBeVisible();
});

test("nothing moves while the page loads and is taken over", async ({ live }) => {
  await live.page.addInitScript(() => {
    const shifts: unknown[] = ((window as any).shifts = []);
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.toJSON()))).observe({
      type: "layout-shift",
      buffered: true,
    });
  });
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 320, height: 640 },
  ]) {
    await live.page.setViewportSize(viewport);
    await live.open();
    // Two frames later what hydration changed has been laid out.
    await live.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await live.page.evaluate(() => (window as any).shifts)).toEqual([]);
  }
});

test("the browser's part finds the page as the server rendered it", async ({ live, page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  const html = async () => page.evaluate(() => document.body.innerText);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await live.open({ hydrated: false });
  const rendered = await html();
  const needs = page.locator(".needs");
  await expect(needs, "what is missing is said where it is, not where it comes").toBeHidden();
  release();
  await live.hydrated();
  await expect(needs).toBeHidden();
  expect(await html()).toBe(rendered);
  expect(complaints).toEqual([]);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the page is whole and says what it needs", async ({ page, server }) => {
    await page.goto(server.url);
    await expect(page.getByText("此页面需要 JavaScript 和 WebAssembly")).toBeVisible();
    await expect(page.getByRole("button", { name: "建立连接" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "通信结果" })).toBeVisible();
    await expect(page.getByText(`curl -N ${server.url}/api/sse`)).toBeVisible();
  });

  test("language and theme are chosen by plain forms and remembered", async ({ page, server }) => {
    await page.goto(server.url);
    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("button", { name: "Connect", exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    expect(page.url()).toBe(`${server.url}/`);
  });
});

test("an unknown path is a page of its own, in the person's language", async ({ page, server }) => {
  const answer = await page.goto(`${server.url}/no/such/page`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "没有这个页面" })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "No such page" })).toBeVisible();
  await page.getByRole("link", { name: "To the front page" }).click();
  await new LivePage(page, server.url).hydrated();
});

test("the page's files come compressed and are kept for ever, and others are asked for again", async ({
  live,
  request,
  server,
}) => {
  const files: string[] = [];
  live.page.on("request", (request) => request.url().includes("/pkg/") && files.push(request.url()));
  await live.open();
  expect(files.map((file) => file.replace(/^.*\./, "")).sort()).toEqual(["css", "js", "js", "wasm"]);
  const encodings = { br: "br", gzip: "gzip", "gzip, br": "br", identity: undefined };
  for (const file of files) {
    for (const [accepted, encoding] of Object.entries(encodings)) {
      const answer = await request.get(file, { headers: { "accept-encoding": accepted } });
      expect(answer.headers()["content-encoding"]).toBe(encoding);
      expect(answer.headers()["cache-control"]).toBe("public, max-age=31536000, immutable");
    }
  }
  for (const path of ["/favicon.svg", "/robots.txt", "/manifest.webmanifest"]) {
    const answer = await request.get(server.url + path);
    expect(answer.headers()["cache-control"]).toBe("no-cache");
    const again = await request.get(server.url + path, { headers: { "if-none-match": answer.headers().etag } });
    expect(again.status()).toBe(304);
  }
});
