import { readFile } from "node:fs/promises";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Server } from "./server.js";

/** The live page, as a person sees it. The names are Chinese: the tests' browser asks for that unless they say so. */
export class LivePage {
  readonly title: Locator;
  readonly detail: Locator;
  readonly connect: Locator;
  readonly disconnect: Locator;
  readonly clear: Locator;
  readonly undo: Locator;
  readonly log: Locator;
  readonly rows: Locator;
  readonly count: Locator;
  readonly pause: Locator;
  readonly pill: Locator;
  readonly filter: Locator;

  constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    this.title = page.locator(".connection-title");
    this.detail = page.locator(".connection-detail");
    this.connect = page.locator(".connection .button.primary");
    this.disconnect = page.locator(".button.danger");
    this.clear = page.getByRole("button", { name: /^(清空|Clear)$/ });
    this.undo = page.getByRole("button", { name: /^(撤销|Undo)$/ });
    this.log = page.getByRole("log");
    this.rows = this.log.locator(".row");
    this.count = page.locator(".count");
    this.pause = page.getByRole("button", { name: /^(暂停|继续|Pause|Resume)$/ });
    this.pill = page.locator(".pill");
    this.filter = page.getByRole("searchbox");
  }

  /** Opens the page; by default until it is taken over by the browser's part. */
  async open({ hydrated = true, server = { url: this.url }, path = "/" } = {}): Promise<void> {
    await this.page.goto(server.url + path);
    if (hydrated) await this.hydrated();
  }

  async hydrated(): Promise<void> {
    await expect(this.page.locator("html")).toHaveAttribute("data-page", "ready");
  }

  /** Waits until this many events or more are kept. Not all of them need have a row in the document. */
  async receives(events: number): Promise<void> {
    const kept = async () => Number((await this.count.textContent())?.replaceAll(",", ""));
    await expect.poll(kept, { intervals: [50] }).toBeGreaterThanOrEqual(events);
  }

  /** The steps of the demo that the rows show, in their order. */
  async steps(): Promise<number[]> {
    return (await this.events()).map(({ step }) => step);
  }

  /** The data of the rows, in their order. */
  async data(): Promise<string[]> {
    return this.rows.locator(".row-data").allTextContents();
  }

  /**
   * The data of every row that there is, also of those that are in the document only while they are in view: goes from
   * the first to the last, as a person would.
   */
  async allData(): Promise<string[]> {
    return this.log.evaluate(async (log) => {
      const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const all = new Map<number, string>();
      log.scrollTop = 0;
      for (;;) {
        await frame();
        for (const row of log.querySelectorAll(".row")) {
          const data = row.querySelector(".row-data")?.textContent;
          if (data !== undefined) all.set(Number(row.getAttribute("aria-posinset")), data ?? "");
        }
        const before = log.scrollTop;
        log.scrollTop += log.clientHeight * 0.8;
        if (log.scrollTop === before) break;
      }
      return [...all].sort(([a], [b]) => a - b).map(([, data]) => data);
    });
  }

  /** Every event that is kept, as the export has it. */
  async exported(): Promise<{ id: string | null; event: string; data: string }[]> {
    await this.page.locator('[aria-keyshortcuts="e"]').click();
    const saved = this.page.waitForEvent("download");
    await this.page.getByRole("dialog").getByRole("button", { name: /JSONL/ }).click();
    const lines = await readFile(await (await saved).path(), "utf8");
    await this.page.keyboard.press("Escape");
    return lines.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** What each row shows: the type, the step of the event's id, and the data. */
  async events(): Promise<{ name: string; step: number; data: string }[]> {
    return this.rows.evaluateAll((rows) =>
      rows.map((row) => {
        const text = (part: string) => row.querySelector(part)?.textContent ?? "";
        return { name: text(".chip"), step: Number(/-(\d+)\]/.exec(text(".row-id"))?.[1]), data: text(".row-data") };
      }),
    );
  }
}

/** Every step of the demo. */
export const ALL_STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

export const test = base.extend<
  { live: LivePage; ownServer: Server; settings: Record<string, string> },
  { server: Server }
>({
  /** What `ownServer` has that others do not; by default a pace that leaves time to act in the middle of the stream. */
  settings: [{ TIDINGS_DEMO_INTERVAL: "1s", TIDINGS_STREAM_RETRY: "1s" }, { option: true }],

  /** A server for all tests of a worker. */
  server: [
    async ({}, use) => {
      const server = await Server.start({ TIDINGS_DEMO_INTERVAL: "200ms" });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  /** A server for one test alone, which may kill it. */
  ownServer: async ({ settings }, use) => {
    const server = await Server.start(settings);
    await use(server);
    await server.stop("SIGKILL");
  },

  /** Pages that keep to their policy and have no error that nobody expects. */
  context: async ({ context }, use) => {
    const failures: string[] = [];
    context.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) failures.push(message.text());
    });
    context.on("weberror", (error) => failures.push(error.error().message));
    await use(context);
    expect(failures, "refused by the page's policy, or uncaught").toEqual([]);
  },

  live: async ({ page, server }, use) => use(new LivePage(page, server.url)),
});

export { expect };
