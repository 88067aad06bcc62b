import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Locator } from "@playwright/test";
import { overflow, violations } from "./axe.js";
import { expect, type LivePage, test } from "./fixtures.js";
import type { Server } from "./server.js";

/** A name of this machine that is not localhost's: what comes from there is not a secure origin. */
const INSECURE = "tidings.test";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><script>window.ran = 1</script><image href="https://example.com/tracked.png"/></svg>`;

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`];
    await use({ ...launchOptions, args });
  },
});

/** A picture in black and white. */
function picture(width: number, height: number): Buffer {
  const line = Math.ceil(width / 32) * 4;
  const bytes = Buffer.alloc(62 + line * height, 0x55);
  bytes.fill(0, 0, 62);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(62, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(1, 28);
  bytes.fill(0xff, 58);
  return bytes;
}

async function publishBytes(server: Server, bytes: Buffer | string, type: string): Promise<void> {
  const body = Uint8Array.from(Buffer.from(bytes));
  const url = `${server.url}/api/channels/news/messages`;
  const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  expect(answer.status).toBe(201);
}

/** Opens the page and the newest row; its details. */
async function openNewest(live: LivePage, server: Server): Promise<Locator> {
  await live.open({ server, path: "/?channel=news" });
  await expect(live.title).toHaveText(/已连接|Connected/);
  return open(live.rows.last());
}

/** Opens a row; its details. */
async function open(row: Locator): Promise<Locator> {
  await row.locator(".row-toggle").click();
  const details = row.locator(".details");
  await expect(details.getByRole("tabpanel")).toBeVisible();
  return details;
}

const tab = (details: Locator, name: string) => details.getByRole("tab", { name });
const panel = (details: Locator) => details.getByRole("tabpanel");

/** A field's text. */
const field = (details: Locator, name: string) =>
  details.locator(".fields > div").filter({ has: details.page().getByText(name, { exact: true }) }).getByRole("definition");

test.describe("an opened row", () => {
  test("says what its event has, by click and by keyboard", async ({ live, ownServer }) => {
    const old = await ownServer.publish("news", "old");
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    const id = await ownServer.publish("news", "消息", "greeting");
    await expect(live.rows).toHaveCount(2);
    const details = await open(live.rows.last());
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d$/;
    await expect(field(details, "类型")).toHaveText("greeting");
    await expect(field(details, "ID")).toHaveText(id);
    await expect(field(details, "频道")).toHaveText("news");
    await expect(field(details, "发布")).toHaveText(time);
    await expect(field(details, "到达")).toHaveText(time);
    await expect(field(details, "延迟")).toHaveText(/^-?\d+ ms\S+时钟\S*$/);
    await expect(field(details, "大小")).toHaveText("6 字节");
    const published = new Date((await field(details, "发布").textContent())!.replace(" ", "T").replace(" ", ""));
    expect(published.getTime()).toBe(Number(id.split("-")[0]));

    await live.rows.first().locator(".row-toggle").focus();
    await live.page.keyboard.press("Enter");
    const first = live.rows.first().locator(".details");
    await expect(field(first, "ID")).toHaveText(old);
    await expect(field(first, "到达")).toHaveText("随页面载入");
    await expect(field(first, "延迟")).toHaveCount(0);
    await live.page.keyboard.press("Enter");
    await expect(first).toHaveCount(0);
  });

  test("of a stream that does not say when it sent it claims no latency", async ({ live }) => {
    await live.open({ path: "/?stream=fields" });
    await live.connect.click();
    await live.receives(1);
    const details = await open(live.rows.first());
    await expect(field(details, "类型")).toHaveText("testEvent");
    await expect(field(details, "到达")).toBeVisible();
    for (const name of ["发布", "延迟", "频道"]) await expect(field(details, name)).toHaveCount(0);
    await expect(details.getByRole("button", { name: "复制为 curl" })).toHaveCount(0);
  });

  test("has its views as tabs, and the next row has the one that was chosen", async ({ live, ownServer }) => {
    await ownServer.publish("news", '{"a": 1}');
    await ownServer.publish("news", '{"b": 2}');
    const details = await openNewest(live, ownServer);
    await expect(tab(details, "JSON")).toHaveAttribute("aria-selected", "true");
    await tab(details, "JSON").focus();
    for (const [key, name] of [["ArrowRight", "文本"], ["End", "原始帧"], ["ArrowRight", "JSON"], ["ArrowLeft", "原始帧"], ["ArrowLeft", "十六进制"]]) {
      await live.page.keyboard.press(key);
      await expect(tab(details, name)).toBeFocused();
      await expect(tab(details, name)).toHaveAttribute("aria-selected", "true");
      await expect(panel(details)).toHaveAccessibleName(name);
    }
    const other = await open(live.rows.first());
    await expect(tab(other, "十六进制")).toHaveAttribute("aria-selected", "true");
    await expect(panel(other)).toHaveText("00000000  7b 22 61 22 3a 20 31 7d                           {\"a\": 1}");
  });

  test("shows what it shows in the language that is chosen", async ({ live, ownServer }) => {
    await ownServer.publish("news", '{"a": 1}');
    const details = await openNewest(live, ownServer);
    await tab(details, "原始帧").click();
    await expect(panel(details)).toContainText("随页面载入");
    await live.page.getByRole("button", { name: "English" }).click();
    await expect(tab(live.rows.last(), "Frame")).toHaveAttribute("aria-selected", "true");
    await expect(panel(live.rows.last())).toContainText("came with the page");
    await expect(field(live.rows.last(), "Size")).toHaveText("8 bytes");
  });
});

test.describe("the frame", () => {
  test("is shown where the transport sees it, and said to be unknown where not", async ({ live, ownServer }) => {
    await live.open({ server: ownServer, path: "/?channel=news" });
    const monitor = live.page.locator(".monitor");
    await live.page.keyboard.press("l");
    const frames: string[] = [];
    for (const [n, transport] of ["EventSource", "fetch"].entries()) {
      await monitor.getByRole("button", { name: transport, exact: true }).click();
      await expect(live.title).toHaveText("已连接");
      await ownServer.publish("news", `line ${n}\nline two`);
      await expect(live.rows).toHaveCount(n + 1);
      const details = await open(live.rows.last());
      await tab(details, "原始帧").click();
      frames.push((await panel(details).textContent())!);
    }
    const [unknown, frame] = frames;
    expect(unknown).toContain("EventSource");
    expect(frame).toMatch(/^data: \{"channel":"news",.*"data":"line 1\\nline two"\}\nid: \d+-\d+\s*$/);
    await expect(live.rows.first().getByRole("button", { name: "复制原始帧" })).toHaveCount(0);
    await expect(live.rows.last().getByRole("button", { name: "复制原始帧" })).toBeVisible();
  });
});

test.describe("JSON", () => {
  test("is shown as it is written: large numbers, names that come twice, their order", async ({ live, ownServer }) => {
    const data = '{"big": 12345678901234567890, "b": 1, "2": 9007199254740993, "b": [1.10, -0, 1e400], "中": "\\u6d88\\n"}';
    await ownServer.publish("news", data);
    const details = await openNewest(live, ownServer);
    await expect(panel(details).locator(".json")).toHaveText(
      [
        '{5}', data,
        '"big": 12345678901234567890', "JavaScript 会读成 12345678901234567000",
        '"b": 1',
        '"2": 9007199254740993', "JavaScript 会读成 9007199254740992",
        '"b": [3][1.10, -0, 1e400]', "名称重复，多数程序只取最后一个", "0: 1.101: -02: 1e400",
        '"中": "消\\n"',
      ].join("").replace(data, data.slice(0, 80) + "…"),
    );
    await tab(details, "文本").click();
    expect(await panel(details).textContent()).toBe(data);
  });

  test("is unfolded a level at a time, long arrays and strings in parts", async ({ live, ownServer }) => {
    const items = Array.from({ length: 250 }, (_, n) => ({ n, inner: { deep: ["x".repeat(2_000)] } }));
    await ownServer.publish("news", JSON.stringify({ items, empty: [], none: {} }));
    const details = await openNewest(live, ownServer);
    const json = panel(details).locator(".json");
    const leaf = (text: string) => json.locator(".json-leaf").getByText(text, { exact: true });
    await expect(json.locator(".json-count").filter({ visible: true })).toHaveText(["{3}", "[250]", "[]", "{}"]);
    await json.locator(".json-name").getByText("items").click();
    await expect(json.getByText("99: ", { exact: true })).toBeVisible();
    await expect(json.getByText("100: ", { exact: true })).toHaveCount(0);
    const more = json.getByRole("button");
    await expect(more).toHaveText("再显示 100 项，还有 150 项");
    await more.focus();
    await live.page.keyboard.press("Enter");
    await expect(more).toHaveText("再显示 50 项，还有 50 项");
    await expect(more).toBeFocused();
    await live.page.keyboard.press("Enter");
    await expect(more).toHaveCount(0);
    await expect(panel(details)).toBeFocused();
    const last = json.locator(".json-node").filter({ has: live.page.getByText("249: ", { exact: true }) }).last();
    await last.locator("summary").focus();
    await live.page.keyboard.press("Enter");
    await expect(leaf("249")).toBeVisible();
    await last.locator(".json-name").getByText("inner").click();
    await last.locator(".json-name").getByText("deep").click();
    const string = last.locator(".json-string");
    expect((await string.textContent())!.length).toBe(500);
    await last.getByRole("button", { name: "显示全部 2,002 个字符" }).click();
    await expect(string).toHaveText(JSON.stringify("x".repeat(2_000)));
    // Folding and unfolding again shows the same.
    await last.locator("summary").first().click();
    await expect(string).toBeHidden();
    await last.locator("summary").first().click();
    await expect(last.locator(".json-leaf")).toHaveCount(2);
  });

  test("does not become markup, wherever it is", async ({ live, ownServer }) => {
    const evil = '<img src=x onerror="window.ran = 1"><script>window.ran = 1</script>';
    await ownServer.publish("news", JSON.stringify({ [evil]: [evil], long: evil + " ".repeat(600) }), evil);
    await ownServer.publish("news", `data:text/html;base64,${Buffer.from(evil).toString("base64")}`);
    const html = await openNewest(live, ownServer);
    await expect(field(html, "内容")).toHaveText(/^text\/html, /);
    await expect(tab(html, "图片")).toHaveCount(0);
    const details = await open(live.rows.first());
    for (const name of ["JSON", "文本", "十六进制"]) {
      await tab(details, name).click();
      await expect(panel(details)).toContainText("onerror");
    }
    await expect(field(details, "类型")).toHaveText(evil);
    await expect(live.log.locator("img, script")).toHaveCount(0);
    expect(await live.page.evaluate(() => (window as any).ran)).toBeUndefined();
  });

  test("that only looks like it is text", async ({ live, ownServer }) => {
    await ownServer.publish("news", '{"a": 1,}');
    const details = await openNewest(live, ownServer);
    await expect(tab(details, "JSON")).toHaveCount(0);
    await expect(panel(details)).toHaveText('{"a": 1,}');
  });
});

test.describe("text", () => {
  test("is whole, in lines that are wrapped or not", async ({ live, ownServer }) => {
    const text = `${"word ".repeat(60)}\n\tindented 消息 😀\u2028\u0000end ${"long".repeat(40_000)}`;
    await ownServer.publish("news", text);
    const details = await openNewest(live, ownServer);
    const lines = panel(details).locator("pre");
    expect((await lines.textContent())!.length).toBeLessThan(66_000);
    await details.getByRole("button", { name: /^显示全部 \S+ 个字符$/ }).click();
    expect(await lines.textContent()).toBe(text);
    const isWide = () => panel(details).evaluate((panel) => panel.scrollWidth > panel.clientWidth);
    expect(await isWide()).toBe(false);
    await details.getByLabel("自动换行").uncheck();
    expect(await isWide()).toBe(true);
    await ownServer.publish("news", "x".repeat(1_000));
    await expect(live.rows).toHaveCount(2);
    const next = await open(live.rows.last());
    await expect(next.getByLabel("自动换行")).not.toBeChecked();
    await tab(next, "十六进制").click();
    await expect(next.getByLabel("自动换行")).toBeHidden();
  });
});

test.describe("bytes", () => {
  test("that are a picture are one, with its size, and can be saved", async ({ live, ownServer }) => {
    const bytes = picture(640, 480);
    await publishBytes(ownServer, bytes, "image/bmp");
    const details = await openNewest(live, ownServer);
    await expect(panel(details)).toHaveText("640 × 480");
    const image = panel(details).getByRole("img", { name: "image/bmp" });
    const box = (await image.boundingBox())!;
    expect(box.height).toBeLessThanOrEqual(320);
    await expect(field(details, "内容")).toHaveText(`image/bmp, ${bytes.length.toLocaleString("en")} 字节`);
    const saved = live.page.waitForEvent("download");
    await details.getByRole("button", { name: "下载" }).click();
    expect((await saved).suggestedFilename()).toMatch(/^tidings-\d+-\d+\.bmp$/);
    expect(await readFile(await (await saved).path())).toEqual(bytes);
  });

  test("of an SVG run nothing and load nothing", async ({ live, ownServer }) => {
    const requests: string[] = [];
    live.page.on("request", (request) => requests.push(request.url()));
    await publishBytes(ownServer, SVG, "image/svg+xml");
    const details = await openNewest(live, ownServer);
    await expect(panel(details)).toHaveText("60 × 40");
    expect(await live.page.evaluate(() => (window as any).ran)).toBeUndefined();
    expect(requests.filter((url) => url.includes("example.com"))).toEqual([]);
  });

  test("that only say that they are a picture are not shown as one", async ({ live, ownServer }) => {
    await publishBytes(ownServer, "no picture", "image/png");
    const details = await openNewest(live, ownServer);
    await expect(panel(details)).toContainText("浏览器无法显示这张图片");
    await expect(panel(details).getByRole("img")).toHaveCount(0);
    await tab(details, "十六进制").click();
    await expect(panel(details)).toContainText("6e 6f 20 70 69 63 74 75  72 65");
  });

  test("of any other kind are a hex dump, in parts", async ({ live, ownServer }) => {
    const bytes = Buffer.from(Array.from({ length: 9_000 }, (_, n) => n % 251));
    await publishBytes(ownServer, bytes, "application/octet-stream");
    const details = await openNewest(live, ownServer);
    await expect(tab(details, "十六进制")).toHaveAttribute("aria-selected", "true");
    const read = async () => {
      const lines = (await panel(details).locator("pre").allTextContents()).join("").trimEnd().split("\n");
      return Buffer.from(lines.map((line) => line.slice(10, 59).replaceAll(" ", "")).join(""), "hex");
    };
    expect(await read()).toEqual(bytes.subarray(0, 4_096));
    await panel(details).getByRole("button", { name: "再显示 4,096 字节，还有 4,904 字节" }).click();
    await panel(details).getByRole("button", { name: "再显示 808 字节，还有 808 字节" }).click();
    expect(await read()).toEqual(bytes);
  });
});

test.describe("copies", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });
  const copied = (live: LivePage) => live.page.evaluate(() => navigator.clipboard.readText());

  test("are exact, and said", async ({ live, ownServer }) => {
    const data = 'it\'s "quoted"\n\t$HOME `x` 消息 😀';
    const id = await ownServer.publish("news", data);
    const details = await openNewest(live, ownServer);
    for (const [name, text] of [["复制数据", data], ["复制 ID", id]]) {
      await details.getByRole("button", { name }).click();
      await expect(details.getByRole("status")).toHaveText("已复制");
      expect(await copied(live)).toBe(text);
    }
    await expect(details.getByRole("button", { name: "复制原始帧" })).toHaveCount(0);
  });

  for (const width of [320, 720, 1280]) {
    test(`move no button from under the pointer, ${width} px`, async ({ live, ownServer }) => {
      await live.page.setViewportSize({ width, height: 800 });
      await ownServer.publish("news", "still");
      const details = await openNewest(live, ownServer);
      const buttons = details.locator(".copies").getByRole("button");
      // In the bar: the list itself may scroll.
      const places = () =>
        buttons.evaluateAll((all) =>
          all.map((button) => {
            const [place, bar] = [button.getBoundingClientRect(), button.closest(".details-bar")!.getBoundingClientRect()];
            return [place.x - bar.x, place.y - bar.y];
          }),
        );
      const before = await places();
      expect(before).toHaveLength(3);
      await buttons.first().click();
      await expect(details.getByRole("status")).toHaveText("已复制");
      expect(await places()).toEqual(before);
    });
  }

  test("as a command publish the same again, whatever it is", async ({ live, ownServer }) => {
    const messages: [string, string?][] = [
      ["it's $HOME `id` \\ \"x\" !1", "an event's name &?"],
      ["@/etc/passwd"],
      [""],
      ['{"json": [1, 2]}\nline two\n'],
      ["\u0000\u001b[31mred\u0007 tab\there\r\nCRLF\u007f\u009b", "controls"],
      ["消息 😀"],
      [`data:image/bmp;base64,${picture(2, 2).toString("base64")}`],
    ];
    for (const [data, event] of messages) await ownServer.publish("news", data, event);
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.rows).toHaveCount(messages.length);
    for (let n = 0; n < messages.length; n++) {
      const details = await open(live.rows.nth(n));
      await details.getByRole("button", { name: "复制为 curl" }).click();
      await expect(details.getByRole("status")).toHaveText("已复制");
      const command = await copied(live);
      expect(command).not.toContain("\u001b");
      execFileSync("sh", ["-c", command.replace("curl", "curl -fsS")], { stdio: "pipe" });
      await live.rows.nth(n).locator(".row-toggle").click();
    }
    const answer = await fetch(`${ownServer.url}/api/channels/news/messages`);
    const kept = ((await answer.json()) as { messages: { data: string; event: string | null }[] }).messages;
    const pairs = kept.map(({ data, event }) => [data, event ?? undefined]);
    const expected = messages.map(([data, event]) => [data, event]);
    expect(pairs).toEqual([...expected, ...expected]);
  });
});

test.describe("where the page may not use the clipboard", () => {
  test("a copy is made in a field, or by hand", async ({ live, ownServer }) => {
    await ownServer.publish("news", "line\n消息");
    await live.page.goto(ownServer.url.replace("127.0.0.1", INSECURE) + "/?channel=news");
    await live.hydrated();
    expect(await live.page.evaluate(() => isSecureContext || "clipboard" in navigator)).toBe(false);
    const details = await open(live.rows.last());
    const copy = details.getByRole("button", { name: "复制数据" });
    await copy.click();
    await expect(details.getByRole("status")).toHaveText("已复制");
    await expect(copy).toBeFocused();
    await live.page.getByLabel("发布到 news 的消息").focus();
    await live.page.keyboard.press("Control+V");
    await expect(live.page.getByLabel("发布到 news 的消息")).toHaveValue("line\n消息");

    await live.page.evaluate(() => (document.execCommand = () => false));
    await copy.click();
    await expect(details.getByRole("status")).toHaveText(/Ctrl\+C/);
    await expect(details.getByRole("textbox")).toBeFocused();
    expect(await live.page.evaluate(() => getSelection()!.toString())).toBe("line\n消息");
    expect(await violations(live.page)).toEqual([]);
  });
});

test("a row shows that it opens when it does, however late that is", async ({ live, ownServer }) => {
  await ownServer.publish("news", "late");
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await live.page.route(/split_list/, async (route) => {
    await held;
    await route.continue();
  });
  await live.open({ server: ownServer, path: "/?channel=news" });
  await expect(live.rows).toHaveText(/late/);
  await expect(live.rows.locator(".row-toggle")).toBeHidden();
  release();
  await expect(panel(await open(live.rows.last()))).toHaveText("late");
});

test("details that cannot be loaded are said to be missing, and come at the second try", async ({ live, ownServer }) => {
  await ownServer.publish("news", "late");
  await live.open({ server: ownServer, path: "/?channel=news" });
  await live.page.route(/split_console/, (route) => route.fulfill({ status: 404 }));
  const toggle = live.rows.last().locator(".row-toggle");
  await toggle.click();
  await expect(live.page.getByText("这部分功能没有加载成功")).toBeVisible();
  expect(await violations(live.page)).toEqual([]);
  await live.page.unroute(/split_console/);
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  const details = await open(live.rows.last());
  await expect(panel(details)).toHaveText("late");
  await expect(live.page.getByText("这部分功能没有加载成功")).toBeHidden();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 } });

      test("axe finds nothing and nothing is too wide, in any view", async ({ live, ownServer }) => {
        const deep = (levels: number): object => (levels > 0 ? { level: levels, next: deep(levels - 1) } : {});
        const json = { deep: deep(30), text: "a".repeat(900), number: 9007199254740993, word: null, list: [1, "x"] };
        const messages = [
          () => ownServer.publish("news", JSON.stringify(json).replace("9007199254740992", "9007199254740993")),
          () => publishBytes(ownServer, picture(2_000, 300), "image/bmp"),
          () => publishBytes(ownServer, "no picture", "image/png"),
          () => publishBytes(ownServer, "\u0000\u0001\u0002".repeat(3_000), "application/octet-stream"),
        ];
        await live.open({ server: ownServer, path: "/?channel=news" });
        await live.page.emulateMedia({ reducedMotion: "reduce" });
        await expect(live.title).toHaveText("已连接");
        for (const [n, publish] of messages.entries()) {
          await live.log.press("End");
          await publish();
          const row = live.log.locator(`[aria-posinset="${n + 1}"]`);
          const details = await open(row);
          for (const name of await details.getByRole("tab").allTextContents()) {
            await tab(details, name).click();
            expect(await violations(live.page), name).toEqual([]);
            expect((await overflow(live.page))[0], name).toBe(0);
          }
          await details.getByRole("tab").first().click();
          await row.locator(".row-toggle").click();
        }
      });
    });
  }
}

test("a row that was opened and closed leaves nothing behind", async ({ live, ownServer }) => {
  const list = Array.from({ length: 300 }, (_, n) => `item ${n} ${"x".repeat(9)}`);
  await ownServer.publish("news", JSON.stringify(list));
  const details = await openNewest(live, ownServer);
  const devtools = await live.page.context().newCDPSession(live.page);
  await devtools.send("Performance.enable");
  const nodes = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "Nodes")!.value;
  };
  const cycle = async () => {
    await details.getByRole("button", { name: /^再显示/ }).click();
    await expect(details.locator(".json-leaf")).toHaveCount(200);
    await live.rows.first().locator(".row-toggle").click();
    await expect(live.rows.locator(".row-details")).toHaveCount(0);
    await open(live.rows.first());
  };
  for (let n = 0; n < 2; n++) await cycle();
  const before = await nodes();
  for (let n = 0; n < 5; n++) await cycle();
  expect((await nodes()) - before, "elements, of which each time shows hundreds").toBeLessThan(500);
});
