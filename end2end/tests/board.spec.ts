import { overflow, violations } from "./axe.js";
import { expect, test } from "./fixtures.js";

test.use({ settings: {} });

test("the hub's own figures are there with the page, and go on", async ({ page, ownServer }) => {
  const { samples } = await (await fetch(`${ownServer.url}/api/stats`)).json();
  expect(samples.length).toBeLessThan(5);
  await page.goto(`${ownServer.url}/board`);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText([
    "画出其他数据",
    "打开的流",
    "每秒发布",
    "每秒投递",
    "扇出耗时",
    "提交耗时",
    "内存",
    "处理器（一个核为 100 %）",
  ]);
  const streams = page.locator(".chart", { hasText: "打开的流" });
  await expect(streams.locator("output")).toHaveText("1", { timeout: 10_000 });
  await expect(page.locator(".chart", { hasText: "内存" }).locator("output")).toHaveText(/^\d.* MiB$/);
  const line = streams.locator("path");
  const before = await line.getAttribute("d");
  await expect(line).not.toHaveAttribute("d", before!, { timeout: 10_000 });
  await ownServer.publishAll("news", Array(50).fill({ data: "x" }));
  await expect(page.locator(".chart", { hasText: "提交耗时" }).locator("output")).toHaveText(/^p50 [\d.]+ ms · p99 [\d.]+ ms$/);
  await page.getByText("表格").click();
  await expect(page.getByRole("row").nth(1)).toContainText("MiB");
});

test("a number in a channel's messages is charted: those that are kept, and those that come", async ({
  page,
  ownServer,
}) => {
  await ownServer.publish("prices", JSON.stringify({ tea: { price: 12.5 } }));
  await ownServer.publish("prices", "no JSON");
  await page.goto(`${ownServer.url}/board`);
  await page.getByLabel("频道").fill("prices");
  await page.getByLabel("字段").fill("tea.price");
  await page.getByRole("button", { name: "画图" }).click();
  await expect(page).toHaveURL(`${ownServer.url}/board?channel=prices&field=tea.price`);
  const chart = page.locator(".chart", { hasText: "prices tea.price" });
  await expect(chart.locator("output")).toHaveText("12.5");
  await expect(page.locator(".chart", { hasText: "打开的流" }).locator("output")).toHaveText("1", { timeout: 10_000 });
  await ownServer.publish("prices", JSON.stringify({ tea: { price: -3 } }));
  await expect(chart.locator("output")).toHaveText("-3");
});

test("the ticker is charted, and the crosshair reads a value out", async ({ page, ownServer }) => {
  await page.goto(`${ownServer.url}/board`);
  await page.getByRole("link", { name: "示例" }).click();
  const chart = page.locator(".chart", { hasText: "ticker random" });
  await expect(page.getByText("ticker 还没有字段 random 为数字的消息。")).toBeVisible();
  await expect(chart.locator("output")).toHaveText(/^0\.\d+$/, { timeout: 10_000 });
  await expect(page.getByText("ticker 还没有字段 random 为数字的消息。")).toBeHidden();
  const first = await chart.locator("output").textContent();
  await expect(chart.locator("output")).not.toHaveText(first!, { timeout: 10_000 });
  const plot = (await chart.locator(".chart-plot").boundingBox())!;
  await page.mouse.move(plot.x + 5, plot.y + 5);
  await expect(chart.locator("output")).toHaveText(first!);
  await expect(chart.locator(".chart-time")).toHaveText(/^\d\d:\d\d:\d\d$/);
  await page.mouse.move(0, 0);
  await expect(chart.locator(".chart-time")).toHaveText("");
});

test("what cannot be charted is said", async ({ page, server }) => {
  const answer = await page.goto(`${server.url}/board?channel=a.*&field=b`);
  expect(answer?.status()).toBe(400);
  await expect(page.getByText("请填写一个频道的名称。")).toBeVisible();
});

test("without scripts the figures are there", async ({ browser, ownServer }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "en" });
  const page = await context.newPage();
  await ownServer.publish("prices", JSON.stringify({ price: 7 }));
  await page.goto(`${ownServer.url}/board?channel=prices&field=price`);
  await expect(page.locator(".chart", { hasText: "prices price" }).locator("output")).toHaveText("7");
  await expect(page.getByRole("heading", { name: "Open streams" })).toBeVisible();
  await context.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test(`${colorScheme}, ${width} px: axe finds nothing and nothing is too wide`, async ({ page, ownServer }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 720 });
      await page.goto(`${ownServer.url}/board?channel=prices&field=price`);
      await expect(page.locator(".chart", { hasText: "打开的流" }).locator("output")).toHaveText("1", { timeout: 10_000 });
      await page.getByText("表格").click();
      expect(await violations(page)).toEqual([]);
      // The table is scrolled in a frame of its own.
      expect((await overflow(page))[0]).toBe(0);
    });
  }
}
