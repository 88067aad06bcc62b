import { overflow, violations } from "./axe.js";
import { expect, type LivePage, test } from "./fixtures.js";
import type { Server } from "./server.js";

/** `count` messages, each with its number, and some of them long. */
function numbered(count: number, from = 1) {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const lines = n % 7 === 0 ? "\nand a line".repeat(n % 5) : "";
    const words = n % 11 === 0 ? " words".repeat(n % 90) : "";
    return { data: `number ${n}${words}${lines}`, event: n % 10 === 0 ? "tenth" : undefined };
  });
}

async function open(live: LivePage, server: Server, path = "/?channel=news"): Promise<void> {
  await live.open({ server, path });
  await expect(live.title).toHaveText(/已连接|Connected/);
}

/** Two frames later what changed has been painted. */
async function painted(live: LivePage): Promise<void> {
  await live.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** The row that is at the top of the list, and how far below the top it begins. */
async function atTop(live: LivePage): Promise<{ row: string; y: number }> {
  return live.log.evaluate((log) => {
    const top = log.getBoundingClientRect().top;
    const row = [...log.querySelectorAll(".row")].find((row) => row.getBoundingClientRect().bottom > top + 1)!;
    return { row: row.getAttribute("aria-posinset")!, y: row.getBoundingClientRect().top - top };
  });
}

async function yOf(live: LivePage, row: string): Promise<number> {
  return live.log.evaluate(
    (log, row) =>
      log.querySelector(`[aria-posinset="${row}"]`)!.getBoundingClientRect().top - log.getBoundingClientRect().top,
    row,
  );
}

const belowEnd = (live: LivePage) =>
  live.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);

test.describe("many rows", () => {
  test("of very different heights: few are in the document, and the first and the last can be read", async ({
    live,
    ownServer,
  }) => {
    await open(live, ownServer);
    for (let n = 0; n < 5; n++) await ownServer.publishAll("news", numbered(1_000, n * 1_000 + 1));
    await expect(live.count).toHaveText("5,000");
    expect(await live.rows.count()).toBeLessThan(200);
    await expect(live.rows.last()).toContainText("number 5000");
    await expect(live.rows.last()).toBeInViewport();
    expect(await belowEnd(live)).toBeLessThan(1);
    await live.log.press("Home");
    await expect(live.rows.first()).toContainText("number 1");
    await expect(live.rows.first()).toBeInViewport();
    expect(await live.rows.count()).toBeLessThan(200);
    await live.log.press("End");
    await expect(live.rows.last()).toContainText("number 5000");
    await expect(live.rows.last()).toBeInViewport();
    const data = await live.allData();
    expect(data).toEqual(numbered(5_000).map(({ data }) => data));
  });

  test("do not move under who reads, whatever comes, goes, opens or is measured", async ({ live, ownServer }) => {
    await open(live, ownServer);
    await ownServer.publishAll("news", numbered(800));
    await expect(live.count).toHaveText("800");
    await live.log.hover();
    const seen: number[] = [];
    for (let turn = 0; turn < 40; turn++) {
      await live.page.mouse.wheel(0, -230);
      await painted(live);
      const { row } = await atTop(live);
      seen.push(Number(row));
    }
    const up = [...seen].sort((a, b) => b - a);
    expect(seen, "up, and only up").toEqual(up);
    expect(seen.at(-1)).toBeLessThan(600);
    // The wheel's own movement ends by itself.
    await expect.poll(async () => (await atTop(live)).y - (await painted(live), (await atTop(live)).y)).toBe(0);
    const { row, y } = await atTop(live);
    await ownServer.publishAll("news", numbered(300, 801));
    await expect(live.count).toHaveText("1,100");
    await painted(live);
    expect(await atTop(live)).toEqual({ row, y });
    await live.log.locator(`[aria-posinset="${Number(row) + 1}"]`).click();
    await painted(live);
    expect(Math.abs((await yOf(live, row)) - y)).toBeLessThanOrEqual(1);
    await live.page.setViewportSize({ width: 700, height: 800 });
    await painted(live);
    expect((await atTop(live)).row).toBe(row);
  });

  test("that the ring drops are counted, and who reads stays where they are", async ({ live, ownServer }) => {
    test.slow();
    await open(live, ownServer);
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ data: `number ${from + index}` }));
    for (let n = 0; n < 20; n++) await ownServer.publishAll("news", batch(n * 5_000 + 1, 5_000));
    await expect(live.count).toHaveText("100,000", { timeout: 60_000 });
    await expect(live.page.locator(".dropped")).toBeHidden();
    await live.log.evaluate((log) => (log.scrollTop = log.scrollHeight / 2));
    await painted(live);
    const { row, y } = await atTop(live);
    await ownServer.publishAll("news", batch(100_001, 1_234));
    await expect(live.page.locator(".dropped")).toHaveText("较早的 1,234 条已不再保留");
    await expect(live.count).toHaveText("100,000");
    await expect(live.pill).toHaveText("1,234 条新消息");
    expect(Math.abs((await yOf(live, row)) - y)).toBeLessThanOrEqual(1);
    await live.log.press("Home");
    await expect(live.rows.first()).toContainText("number 1235");
    await expect(live.rows.first()).toBeInViewport();
  });
});

test("a page that has no frames, as one in the background, counts what comes", async ({ live, ownServer }) => {
  await open(live, ownServer);
  await live.page.evaluate(() => (window.requestAnimationFrame = () => 0));
  await ownServer.publishAll("news", numbered(300));
  await expect(live.count).toHaveText("300");
  await expect(live.rows.last()).toContainText("number 300");
});

test.describe("following", () => {
  test("a pill counts what is new below, and leads there", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await expect(live.pill).toBeHidden();
    await live.log.hover();
    await live.page.mouse.wheel(0, -300);
    await expect(live.pill).toHaveText("到最新一条");
    await ownServer.publishAll("news", numbered(7, 51));
    await expect(live.pill).toHaveText("7 条新消息");
    await live.page.getByRole("button", { name: "English" }).click();
    await expect(live.pill).toHaveText("7 new");
    await live.pill.click();
    await expect(live.pill).toBeHidden();
    await expect(live.log).toBeFocused();
    await expect(live.rows.last()).toContainText("number 57");
    expect(await belowEnd(live)).toBeLessThan(1);
    await ownServer.publish("news", "and on");
    await expect(live.rows.last()).toContainText("and on");
    expect(await belowEnd(live)).toBeLessThan(1);
  });

  test("ends with the smallest movement up, also while much comes", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    let running = true;
    const done = (async () => {
      for (let n = 51; running; n += 20) {
        await ownServer.publishAll("news", numbered(20, n));
        // Not faster than the server takes it from one address for long.
        await new Promise((done) => setTimeout(done, 10));
      }
    })();
    await live.receives(200);
    await live.log.hover();
    await live.page.mouse.wheel(0, -120);
    await expect(live.pill).toBeVisible();
    await expect(live.pill).toHaveText(/^[\d,]+ 条新消息$/);
    const { row } = await atTop(live);
    await live.receives(600);
    expect((await atTop(live)).row).toBe(row);
    running = false;
    await done;
    // What was published may still be coming, and the end with it.
    await expect(async () => {
      await live.page.mouse.wheel(0, 1e7);
      await expect(live.pill).toBeHidden({ timeout: 200 });
    }).toPass();
  });

  test("in the document's own time: the server's rows are followed too", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await expect(live.rows.last()).toBeInViewport();
    await expect(live.rows.last()).toContainText("number 50");
    await expect(live.rows.last()).not.toHaveClass(/new/);
    await ownServer.publish("news", "new");
    await expect(live.rows.last()).toHaveClass(/new/);
  });
});

test.describe("pausing", () => {
  test("stands still, says how many wait, and loses none of them", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await live.pause.click();
    await expect(live.pill).toHaveText("已暂停，0 条等待显示");
    const before = await live.data();
    await ownServer.publishAll("news", numbered(300, 51));
    await expect(live.pill).toHaveText("已暂停，300 条等待显示");
    await expect(live.count).toHaveText("350");
    expect(await live.data()).toEqual(before);
    await live.page.getByRole("button", { name: "English" }).click();
    await expect(live.pill).toHaveText("Paused, 300 waiting");
    await live.pause.click();
    await expect(live.pill).toBeHidden();
    await expect(live.rows.last()).toContainText("number 350");
    expect(await live.allData()).toEqual(numbered(350).map(({ data }) => data));
  });

  test("the pill lets it go on, from where it is read", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await live.log.press("Home");
    await live.pause.click();
    await ownServer.publishAll("news", numbered(10, 51));
    await expect(live.pill).toHaveText("已暂停，10 条等待显示");
    await live.pill.click();
    await expect(live.pill).toHaveText(/^1\d 条新消息$|^\d+ 条新消息$/);
    await expect(live.rows.first()).toBeInViewport();
  });

  test("what is dropped meanwhile is said", async ({ live, ownServer }) => {
    test.slow();
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await live.pause.click();
    for (let n = 0; n < 20; n++) await ownServer.publishAll("news", Array(5_001).fill({ data: "x" }));
    await expect(live.page.locator(".dropped")).toHaveText("较早的 70 条已不再保留", { timeout: 60_000 });
    await expect(live.pill).toHaveText("已暂停，100,000 条等待显示");
    await expect(live.rows).toHaveCount(0);
    await expect(live.page.getByText("暂停时显示的消息已不再保留")).toBeVisible();
    await live.pill.click();
    await expect(live.rows.last()).toBeInViewport();
    await expect(live.page.getByText("暂停时显示的消息已不再保留")).toBeHidden();
  });

  test("what was cleared in a pause comes back as it was", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", numbered(5));
    await open(live, ownServer);
    await live.pause.click();
    await ownServer.publish("news", "waits");
    await expect(live.pill).toHaveText("已暂停，1 条等待显示");
    await live.clear.click();
    await expect(live.rows).toHaveCount(0);
    await live.undo.click();
    await expect(live.rows).toHaveCount(5);
    await live.pause.click();
    await expect(live.rows).toHaveCount(6);
  });
});

test.describe("filtering", () => {
  const ORDERS = [
    { event: "placed", data: { order: 1, total: "84.90" } },
    { event: "paid", data: { order: 1, method: "Card" } },
    { event: "placed", data: { order: 2, total: "12.00" } },
    { event: "cancelled", data: { order: 2, reason: "out of stock\n缺货" } },
    { data: "plain <b>text</b> with (brackets" },
  ];

  test.beforeEach(async ({ live, ownServer }) => {
    await ownServer.publishAll("orders.1", ORDERS);
    await open(live, ownServer, "/?channel=orders.1");
  });

  const marks = (live: LivePage) => live.rows.locator("mark").allTextContents();

  test("by text, in any case, marked where it is found", async ({ live, ownServer }) => {
    await live.filter.fill("card");
    await expect(live.rows).toHaveCount(1);
    await expect(live.count).toHaveText("1 / 5");
    expect(await marks(live)).toEqual(["Card"]);
    expect((await live.data())[0]).toBe(JSON.stringify(ORDERS[1].data));
    await live.filter.fill("(BRACK");
    await expect(live.rows).toHaveCount(1);
    expect(await marks(live)).toEqual(["(brack"]);
    expect(await live.data()).toEqual(["plain <b>text</b> with (brackets"]);
    await live.filter.fill("order\":2");
    await expect(live.rows).toHaveCount(2);
    await ownServer.publish("orders.1", 'late, for "order":2');
    await ownServer.publish("orders.1", "something else");
    await expect(live.rows).toHaveCount(3);
    await expect(live.count).toHaveText("3 / 7");
    await live.filter.fill("");
    await expect(live.rows).toHaveCount(7);
    await expect(live.count).toHaveText("7");
    expect(await marks(live)).toEqual([]);
  });

  test("by the id of a message", async ({ live, ownServer }) => {
    const id = await ownServer.publish("orders.1", "this one");
    await live.filter.fill(id);
    await expect(live.rows).toHaveCount(1);
    expect(await marks(live)).toEqual([id]);
  });

  test("far from a text's beginning, which then begins a little before it", async ({ live, ownServer }) => {
    await ownServer.publish("orders.1", `${"消息 ".repeat(100)}needle ${"x ".repeat(3_000)}`);
    await live.filter.fill("needle");
    await expect(live.rows.locator("mark")).toHaveText("needle");
    await expect(live.rows.locator("mark")).toBeInViewport();
    expect((await live.data())[0]).toMatch(/^…(消息 ){10,20}needle x/);
    await live.rows.click();
    await expect(live.rows.locator(".row-details")).toContainText("消息 消息");
  });

  test("by a regular expression; one that is wrong is said at the field, and the last good one holds", async ({
    live,
  }) => {
    const pattern = live.page.getByRole("button", { name: "正则表达式" });
    await pattern.click();
    await live.filter.fill('"order":\\d,"(total|reason)');
    await expect(live.rows).toHaveCount(3);
    expect(await marks(live)).toEqual(['"order":1,"total', '"order":2,"total', '"order":2,"reason']);
    await live.filter.fill("order(");
    await expect(live.filter).toHaveAttribute("aria-invalid", "true");
    await expect(live.filter).toHaveAccessibleDescription("正则表达式有误：Unterminated group");
    await expect(live.rows).toHaveCount(3);
    await live.filter.fill("^缺货|x*");
    await expect(live.filter).toHaveAttribute("aria-invalid", "false");
    await expect(live.rows).toHaveCount(5);
    await pattern.click();
    await expect(live.rows).toHaveCount(0);
    await expect(live.page.getByText("没有符合筛选条件的消息")).toBeVisible();
    await live.page.getByRole("button", { name: "清除筛选" }).click();
    await expect(live.rows).toHaveCount(5);
    await expect(live.filter).toHaveValue("");
  });

  test("by chips: types, with how many there are", async ({ live, ownServer }) => {
    const chips = live.page.getByRole("group", { name: "类型" }).getByRole("button");
    await expect(chips).toHaveText(["cancelled1", "message1", "paid1", "placed2"]);
    await chips.filter({ hasText: "placed" }).click();
    await expect(live.rows).toHaveCount(2);
    await chips.filter({ hasText: "paid" }).click();
    await expect(live.rows).toHaveCount(3);
    await expect(chips.filter({ hasText: "paid" })).toHaveAttribute("aria-pressed", "true");
    await ownServer.publish("orders.1", "x", "placed");
    await ownServer.publish("orders.1", "x", "refunded");
    await expect(chips).toHaveText(["cancelled1", "message1", "paid1", "placed3", "refunded1"]);
    await expect(live.rows).toHaveCount(4);
    await live.clear.click();
    await expect(chips).toHaveText(["paid0", "placed0"]);
    await live.undo.click();
    await chips.filter({ hasText: "paid" }).click();
    await chips.filter({ hasText: "placed" }).click();
    await expect(live.rows).toHaveCount(7);
  });

  test("by channel, where there are many", async ({ live, ownServer }) => {
    await ownServer.publish("orders.2", "another");
    await open(live, ownServer, "/?channel=orders.*");
    const chips = live.page.getByRole("group", { name: "频道" }).getByRole("button");
    await expect(chips).toHaveText(["orders.15", "orders.21"]);
    await chips.last().click();
    await expect(live.rows).toHaveCount(1);
    await expect(live.page).toHaveURL(/#channel=orders\.2$/);
  });

  test("stands in the address, so that a link shows the same", async ({ live, page, ownServer }) => {
    await page.getByRole("button", { name: "正则表达式" }).click();
    await live.filter.fill("order\":[12]");
    await page.getByRole("group", { name: "类型" }).getByRole("button", { name: "placed" }).click();
    await expect(live.rows).toHaveCount(2);
    const address = page.url();
    expect(address).toBe(`${ownServer.url}/?channel=orders.1#re=order%22%3A%5B12%5D&type=placed`);
    await page.goto("about:blank");
    await page.goto(address);
    await live.hydrated();
    await expect(live.rows).toHaveCount(2);
    await expect(live.filter).toHaveValue("order\":[12]");
    await expect(page.getByRole("button", { name: "正则表达式" })).toHaveAttribute("aria-pressed", "true");
    await page.evaluate(() => (location.hash = "#q=card"));
    await expect(live.rows).toHaveCount(1);
    await expect(live.filter).toHaveValue("card");
    // A link to a place on the page is none to a filter.
    await page.evaluate(() => (location.hash = "#messages"));
    await expect(live.rows).toHaveCount(1);
    await live.filter.fill("");
    await expect(page).toHaveURL(`${ownServer.url}/?channel=orders.1`);
    await expect(live.rows).toHaveCount(5);
  });

  test("is not offered before it works", async ({ live, ownServer }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await live.page.route("**/split_list.wasm", async (route) => {
      await held;
      await route.continue();
    });
    await live.open({ server: ownServer, path: "/?channel=orders.1" });
    await expect(live.filter).toBeDisabled();
    await expect(live.rows).toHaveCount(5);
    release();
    await live.filter.fill("card");
    await expect(live.rows).toHaveCount(1);
  });

  test("says so where its code does not come, and tries again", async ({ live, ownServer }) => {
    await live.page.route(/split_list/, (route) => route.fulfill({ status: 404 }));
    await live.open({ server: ownServer, path: "/?channel=orders.1" });
    await expect(live.page.getByRole("alert").filter({ hasText: "加载" })).toBeVisible();
    await expect(live.rows).toHaveCount(5);
    await live.page.unroute(/split_list/);
    await live.disconnect.click();
    await live.filter.fill("card");
    await expect(live.rows).toHaveCount(1);
    await expect(live.page.getByRole("alert").filter({ hasText: "加载" })).toHaveCount(0);
  });

  test("finds the newest first, and all in the end", async ({ live, ownServer }) => {
    for (let n = 0; n < 4; n++) await ownServer.publishAll("orders.1", numbered(5_000, n * 5_000 + 1));
    await expect(live.count).toHaveText("20,005");
    await live.filter.fill("number 1999");
    await expect(live.count).toHaveText("11 / 20,005");
    await expect(live.rows).toHaveCount(11);
    await live.page.getByRole("group", { name: "类型" }).getByRole("button", { name: "tenth" }).click();
    await expect(live.rows).toHaveCount(1);
    await live.filter.fill("");
    await expect(live.count).toHaveText("2,000 / 20,005");
    await expect(live.rows.last()).toBeInViewport();
    await expect(live.rows.last()).toContainText("number 20000");
  });
});

test.describe("a row", () => {
  const LONG = JSON.stringify({ text: "long ".repeat(2_000) });

  test("opens with a click, shows the whole of what was cut off, and stays open out of view", async ({
    live,
    ownServer,
  }) => {
    await ownServer.publish("news", LONG);
    await open(live, ownServer);
    const row = live.rows.first();
    expect((await row.locator(".row-data").textContent())!.length).toBeLessThanOrEqual(4_000);
    expect((await row.boundingBox())!.height).toBeLessThan(120);
    await row.click();
    await expect(row.locator(".row-toggle")).toHaveAttribute("aria-expanded", "true");
    await row.getByRole("tab", { name: "文本" }).click();
    await expect(row.getByRole("tabpanel")).toHaveText(LONG);
    await ownServer.publishAll("news", numbered(500));
    await live.receives(501);
    await live.page.getByRole("log").press("End");
    await expect(live.page.locator(".row-details")).toHaveCount(0);
    await live.page.getByRole("log").press("Home");
    await expect(row.locator(".row-details")).toBeVisible();
    await row.click({ position: { x: 5, y: 5 } });
    await expect(live.page.locator(".row-details")).toHaveCount(0);
    await expect(row.locator(".row-toggle")).toHaveAttribute("aria-expanded", "false");
  });

  test("is opened by keyboard, and the focus goes from row to row and is never lost", async ({ live, ownServer }) => {
    const press = (key: string) => live.page.keyboard.press(key);
    const focused = () => live.rows.filter({ has: live.page.locator(":focus") });
    await ownServer.publishAll("news", numbered(50));
    await open(live, ownServer);
    await live.log.focus();
    await press("Enter");
    await expect(focused()).toContainText("number 50");
    await press("ArrowUp");
    await expect(focused()).toContainText("number 49");
    await press("Enter");
    await expect(focused().locator(".row-details")).toBeVisible();
    await press("Space");
    await expect(focused().locator(".row-details")).toHaveCount(0);
    for (let n = 0; n < 40; n++) await press("ArrowUp");
    await expect(focused()).toContainText("number 9");
    await expect(focused()).toBeInViewport();
    await press("End");
    await ownServer.publishAll("news", numbered(400, 51));
    await expect(live.rows.last()).toContainText("number 450");
    // Its row is out of the document: the list has it.
    await expect(live.log).toBeFocused();
    await press("Home");
    await expect(live.rows.first()).toContainText("number 1");
    const before = await live.log.evaluate((log) => log.scrollTop);
    // Rows that are measured in the middle of the browser's own scrolling end it: then it is pressed again.
    await expect(async () => {
      await press("PageDown");
      const down = () => live.log.evaluate((log) => log.scrollTop);
      await expect.poll(down, { timeout: 1_000 }).toBeGreaterThan(before + 100);
    }).toPass();
    await press("Enter");
    await press("Escape");
    await expect(live.log).toBeFocused();
  });

  test("selecting its text does not open it, and does not keep the keyboard from it", async ({ live, ownServer }) => {
    await ownServer.publish("news", "to be selected");
    await open(live, ownServer);
    const toggle = live.rows.locator(".row-toggle");
    const text = (await live.rows.locator(".row-data").boundingBox())!;
    await live.page.mouse.move(text.x + 2, text.y + 8);
    await live.page.mouse.down();
    await live.page.mouse.move(text.x + 80, text.y + 8, { steps: 4 });
    await live.page.mouse.up();
    expect(await live.page.evaluate(() => getSelection()!.toString())).toContain("to be");
    await expect(toggle).toHaveAttribute("aria-expanded", "false");
    await toggle.press("Enter");
    await expect(toggle).toHaveAttribute("aria-expanded", "true");
  });
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
        await ownServer.publishAll("orders.1", numbered(60));
        for (let n = 0; n < 30; n++) await ownServer.publish("orders.2", "x", `a-type-with-a-long-name-${n}`);
        await open(live, ownServer, "/?channel=orders.*");
        await look("rows");
        await live.rows.last().click();
        await look("an open row");
        await live.log.press("Home");
        await expect(live.pill).toBeVisible();
        await look("scrolled away");
        await live.pause.click();
        await look("paused");
        await live.filter.fill("number");
        await expect(live.rows.locator("mark").first()).toBeVisible();
        await look("found");
        await live.filter.fill("nothing has this");
        await expect(live.rows).toHaveCount(0);
        await look("nothing found");
        await page.getByRole("button", { name: "正则表达式" }).click();
        await live.filter.fill("(");
        await expect(live.filter).toHaveAttribute("aria-invalid", "true");
        await look("a wrong expression");
        await page.getByRole("button", { name: "English" }).click();
        await look("in English");
      });
    });
  }
}
