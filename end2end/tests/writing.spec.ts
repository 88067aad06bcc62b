import { expect, type LivePage, test } from "./fixtures.js";

test.describe("publishing", () => {
  test("Enter sends, Shift+Enter does not, and the message is there once", async ({ live, ownServer }) => {
    await live.open({ server: ownServer, path: "/?channel=chat.lobby" });
    await expect(live.title).toHaveText("已连接");
    await expect(live.page.getByText("这里还没有消息")).toBeVisible();
    const text = live.page.getByLabel("发布到 chat.lobby 的消息");
    const oneLine = await text.evaluate((field) => field.clientHeight);
    await text.pressSequentially("你好");
    await text.press("Shift+Enter");
    await text.pressSequentially("second line");
    expect(await text.evaluate((field) => field.clientHeight)).toBeGreaterThan(oneLine);
    await live.page.getByLabel("事件名").fill("greeting");
    await text.press("Enter");
    await expect(live.page.getByText("已发送")).toBeVisible();
    await expect(text).toHaveValue("");
    await expect(live.rows).toHaveCount(1);
    expect(await live.events()).toMatchObject([{ name: "greeting", data: "你好\nsecond line" }]);
    // The same text again is another message.
    await text.fill("again");
    await text.press("Enter");
    await expect(live.rows).toHaveCount(2);
    await text.fill("again");
    await text.press("Enter");
    await expect(live.rows).toHaveCount(3);
    // Nothing is no message.
    await text.press("Enter");
    await live.page.reload();
    await expect(live.rows).toHaveCount(3);
  });

  test("what failed is kept, says why, and is sent once however often it is sent", async ({ live, ownServer }) => {
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    // It reaches the server, and the answer is lost.
    await live.page.route("**/api/page/publish", async (route) => {
      await route.fetch();
      await route.abort();
    });
    const text = live.page.getByLabel("发布到 news 的消息");
    await text.fill("once");
    await text.press("Enter");
    await expect(live.page.getByText("未发送：服务器没有应答。")).toBeVisible();
    await expect(text).toHaveValue("once");
    await live.page.getByRole("button", { name: "重新发送" }).click();
    await expect(live.page.getByText("未发送：服务器没有应答。")).toBeVisible();
    await live.page.unrouteAll({ behavior: "wait" });
    await live.page.getByRole("button", { name: "重新发送" }).click();
    await expect(live.page.getByText("已发送")).toBeVisible();
    await ownServer.publish("news", "last");
    await expect(live.rows.last()).toContainText("last");
    expect(await live.data()).toEqual(["once", "last"]);
  });

  test("a server that refuses is quoted", async ({ live }) => {
    await live.open({ path: "/?channel=news" });
    await live.page.route("**/api/page/publish", (route) =>
      route.fulfill({
        status: 507,
        contentType: "application/problem+json",
        json: { type: "urn:tidings:problem:disk-full", title: "x", status: 507, detail: "x" },
      }),
    );
    await live.page.getByLabel("发布到 news 的消息").fill("x");
    await live.page.getByRole("button", { name: "发送" }).click();
    await expect(live.page.getByText("未发送：服务器的磁盘已满。")).toBeVisible();
  });

  test("while an input method composes, Enter is its own", async ({ live }) => {
    await live.open({ path: "/?channel=composing" });
    const text = live.page.getByLabel("发布到 composing 的消息");
    await text.fill("ni hao");
    await text.dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await text.dispatchEvent("keydown", { key: "Enter", keyCode: 229 });
    await expect(live.page.locator(".composer")).toHaveAttribute("data-state", "writing");
    await expect(text).toHaveValue("ni hao");
  });
});

test.describe("clearing", () => {
  const clears = (live: LivePage) => live.page.waitForResponse("**/api/page/clear");

  test("is remembered over a reload, for this channel, until it is taken back", async ({ live, ownServer }) => {
    for (const channel of ["news", "other"]) await ownServer.publish(channel, "old");
    await live.open({ server: ownServer, path: "/?channel=news" });
    const cleared = clears(live);
    await live.clear.click();
    await cleared;
    await ownServer.publish("news", "new");
    await expect(live.rows).toHaveCount(1);
    await live.page.reload();
    await expect(live.title).toHaveText("已连接");
    expect(await live.data()).toEqual(["new"]);
    await live.open({ server: ownServer, path: "/?channel=other" });
    expect(await live.data()).toEqual(["old"]);
    await live.open({ server: ownServer, path: "/?channel=news" });
    await live.page.getByRole("button", { name: "显示已清除" }).click();
    await expect(live.rows).toHaveCount(2);
    expect(await live.data()).toEqual(["old", "new"]);
    await expect(live.page.getByRole("button", { name: "显示已清除" })).toBeHidden();
  });

  test("an undo goes back to the clear before, on the server too", async ({ live, ownServer }) => {
    await ownServer.publish("news", "one");
    await live.open({ server: ownServer, path: "/?channel=news" });
    const first = clears(live);
    await live.clear.click();
    await first;
    await live.page.reload();
    await expect(live.title).toHaveText("已连接");
    await ownServer.publish("news", "two");
    await expect(live.rows).toHaveCount(1);
    const second = clears(live);
    await live.clear.click();
    await second;
    const undone = clears(live);
    await live.undo.click();
    await undone;
    expect(await live.data()).toEqual(["two"]);
    await live.page.reload();
    await expect(live.title).toHaveText("已连接");
    expect(await live.data()).toEqual(["two"]);
  });
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("messages are there, one is published, they are cleared and shown again", async ({ page, ownServer }) => {
    for (let n = 1; n <= 60; n++) await ownServer.publish("news", `news ${n}`);
    await page.goto(`${ownServer.url}/?stream=channels`);
    await page.getByRole("combobox").fill("news");
    await page.getByRole("button", { name: "查看" }).click();
    const rows = page.locator(".row-data");
    await expect(rows).toHaveCount(50);
    await expect(rows.last()).toBeInViewport();
    await expect(page.getByText("新消息不会自动出现")).toBeVisible();
    await page.getByLabel("发布到 news 的消息").fill("without scripts");
    await page.getByRole("button", { name: "发送" }).click();
    await expect(page).toHaveURL(`${ownServer.url}/?channel=news`);
    await expect(rows.last()).toHaveText("without scripts");
    await page.getByRole("button", { name: "清空" }).click();
    await expect(rows).toHaveCount(0);
    await page.getByRole("button", { name: "显示已清除" }).click();
    await expect(rows).toHaveCount(50);
  });

  test("a refused message is a page that leads back", async ({ page, ownServer }) => {
    await page.goto(`${ownServer.url}/?channel=news`);
    await page.getByLabel("发布到 news 的消息").fill("x".repeat(1_100_000));
    await page.getByRole("button", { name: "发送" }).click();
    await expect(page.getByText("消息太大。")).toBeVisible();
    await page.getByRole("link", { name: "返回" }).click();
    await expect(page).toHaveURL(`${ownServer.url}/?channel=news`);
  });
});
