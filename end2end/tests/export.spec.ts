import { readFile } from "node:fs/promises";
import { overflow, violations } from "./axe.js";
import { expect, type LivePage, test } from "./fixtures.js";

/** What breaks a file of a careless writer. */
const AWKWARD: { data: string; event?: string }[] = [
  { data: 'quotes " and \'apostrophes\', and, commas' },
  { data: "line\nfeeds\r\nand\rreturns\n" },
  { data: "" },
  { data: '=HYPERLINK("http://example.com")', event: "=cmd|'/C calc'!A0" },
  { data: "+1+1" },
  { data: "-17.5" },
  { data: "@SUM(1)" },
  { data: "＝1" },
  { data: "'already quoted" },
  { data: "消息 😀\u2028\ufeff" },
  { data: "\u0000\u001b\u007f" },
  { data: '{"json": [1, "2"]}', event: "paid" },
  { data: "\\n \\u0041 \\\\" },
];

/** A row of the file, as the server has the message. */
type Kept = { id: string; channel: string; time: string; event: string | null; data: string };

async function save(live: LivePage, form: string): Promise<{ name: string; text: string }> {
  const saved = live.page.waitForEvent("download");
  await live.page.getByRole("dialog").getByRole("button", { name: `下载 ${form}` }).click();
  const file = await saved;
  const bytes = await readFile(await file.path());
  await expect(live.page.getByRole("dialog").getByRole("status")).toContainText(
    `${file.suggestedFilename()}，${bytes.length.toLocaleString("en")} 字节`,
  );
  return { name: file.suggestedFilename(), text: bytes.toString("utf8") };
}

/** The cells of a file as RFC 4180 has it; all of them in quotes but those of the first line. */
function cells(csv: string): string[][] {
  const cell = /"((?:[^"]|"")*)"(,|\r\n)/y;
  const rows: string[][] = [[]];
  cell.lastIndex = csv.indexOf("\r\n") + 2;
  while (cell.lastIndex < csv.length) {
    const found = cell.exec(csv);
    if (!found) throw new Error("not CSV");
    rows.at(-1)!.push(found[1].replaceAll('""', '"'));
    if (found[2] === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test.describe("the export", () => {
  test("has exactly what is kept: as JSON Lines, and as CSV that holds no formula", async ({ live, ownServer }) => {
    // Half of them come with the page and half over the stream.
    await ownServer.publishAll("news", AWKWARD);
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    await ownServer.publishAll("news", AWKWARD);
    await live.receives(2 * AWKWARD.length);
    await live.page.keyboard.press("e");
    const dialog = live.page.getByRole("dialog", { name: "导出" });
    await expect(dialog.getByText(/^截至 \d\d:\d\d:\d\d 保留的全部 26 条消息$/)).toBeVisible();
    // What comes now is not in the file that was asked for.
    await ownServer.publish("news", "too late");
    await live.receives(2 * AWKWARD.length + 1);

    const history = await (await fetch(`${ownServer.url}/api/channels/news/messages`)).json();
    const kept = (history as { messages: Kept[] }).messages.slice(0, 26);
    expect(kept.map(({ data, event }) => ({ data, event: event ?? undefined }))).toEqual(
      [...AWKWARD, ...AWKWARD].map(({ data, event }) => ({ data, event })),
    );

    const jsonl = await save(live, "JSONL");
    expect(jsonl.name).toMatch(/^tidings-news-\d{8}-\d{6}\.jsonl$/);
    expect(jsonl.text.endsWith("\n")).toBe(true);
    const rows = jsonl.text.slice(0, -1).split("\n").map((line) => JSON.parse(line));
    expect(rows.map(({ arrived, ...row }) => row)).toEqual(
      kept.map(({ id, event, channel, time, data }) => ({ id, event: event ?? "message", channel, time, data })),
    );
    expect(Object.keys(rows[0])).toEqual(["id", "event", "channel", "time", "arrived", "data"]);
    const half = AWKWARD.length;
    expect(rows.slice(0, half).every(({ arrived }) => arrived === null)).toBe(true);
    expect(rows.slice(half).every(({ arrived }) => /^\d{4}-\S+\.\d{3}Z$/.test(arrived))).toBe(true);

    const csv = await save(live, "CSV");
    expect(csv.name).toMatch(/^tidings-news-\d{8}-\d{6}\.csv$/);
    expect(csv.text.startsWith("\ufeffid,event,channel,time,arrived,data\r\n")).toBe(true);
    const records = cells(csv.text);
    for (const cell of records.flat()) expect(cell).not.toMatch(/^[=@＝\t\r\n]|^[+-](?!\d+(\.\d+)?$)/);
    const exact = (cell: string) => cell.replace(/^'/, "");
    expect(records.map((record) => record.map(exact))).toEqual(
      rows.map(({ id, event, channel, time, arrived, data }) => [id, event, channel, time, arrived ?? "", data]),
    );
  });

  test("has what the filter shows, and says so", async ({ live, ownServer }) => {
    await ownServer.publishAll("news", AWKWARD);
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    await live.filter.fill("json");
    await expect(live.count).toHaveText("1 / 13");
    await live.page.getByRole("button", { name: "导出" }).click();
    await expect(live.page.getByRole("dialog").getByText(/筛选出的 1 条消息$/)).toBeVisible();
    const { text } = await save(live, "JSONL");
    expect(text.trimEnd().split("\n").map((line) => JSON.parse(line).data)).toEqual(['{"json": [1, "2"]}']);
    await live.page.keyboard.press("Escape");
    await live.filter.fill("nothing has this");
    await expect(live.count).toHaveText("0 / 13");
    await live.page.getByRole("button", { name: "导出" }).click();
    await expect(live.page.getByRole("dialog").getByText(/筛选出的 0 条消息$/)).toBeVisible();
    expect((await save(live, "CSV")).text).toBe("\ufeffid,event,channel,time,arrived,data\r\n");
  });

  test("of nothing is not offered, and its dialog gives the focus back", async ({ live, ownServer }) => {
    await live.open({ server: ownServer, path: "/?channel=news" });
    const button = live.page.getByRole("button", { name: "导出" });
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await live.page.keyboard.press("e");
    await expect(live.page.getByRole("dialog")).toHaveCount(0);
    await ownServer.publish("news", "one");
    await expect(button).toHaveAttribute("aria-disabled", "false");
    await button.focus();
    await live.page.keyboard.press("Enter");
    const dialog = live.page.getByRole("dialog");
    await expect(dialog.getByRole("button", { name: "下载 JSONL" })).toBeFocused();
    await live.page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(button).toBeFocused();
  });

  test("of 100,000 messages is made a little at a time", async ({ live, ownServer }) => {
    test.slow();
    await live.open({ server: ownServer, path: "/?channel=news" });
    await expect(live.title).toHaveText("已连接");
    for (let n = 0; n < 20; n++) {
      const batch = Array.from({ length: 5_000 }, (_, index) => ({ data: `number ${n * 5_000 + index}` }));
      await ownServer.publishAll("news", batch);
    }
    await expect(live.count).toHaveText("100,000", { timeout: 60_000 });
    await live.page.keyboard.press("e");
    const status = live.page.getByRole("dialog").getByRole("status");
    await status.evaluate((status) => {
      const said: string[] = ((window as any).said = []);
      const observer = new MutationObserver(() => said.push(status.textContent!));
      observer.observe(status, { characterData: true, childList: true, subtree: true });
    });
    const { text } = await save(live, "JSONL");
    const data = text.trimEnd().split("\n").map((line) => JSON.parse(line).data);
    expect(data).toEqual(Array.from({ length: 100_000 }, (_, n) => `number ${n}`));
    const said = await live.page.evaluate(() => (window as any).said as string[]);
    expect(said.filter((text) => /正在准备，\d+%/.test(text)).length).toBeGreaterThan(2);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [320, 1280]) {
      test.describe(`${colorScheme}, ${width} px`, () => {
        test.use({ colorScheme, viewport: { width, height: 720 } });

        test("axe finds nothing in its dialog, and nothing is too wide", async ({ live, ownServer }) => {
          await ownServer.publish("news", "one");
          await live.open({ server: ownServer, path: "/?channel=news" });
          await live.page.getByRole("button", { name: "导出" }).click();
          await save(live, "CSV");
          expect(await violations(live.page)).toEqual([]);
          expect((await overflow(live.page))[0]).toBe(0);
        });
      });
    }
  }
});
