import type { Page } from "@playwright/test";
import { expect, test } from "../tests/fixtures.js";
import type { Server } from "../tests/server.js";
import { memory } from "./memory.js";

const RATE = Number(process.env.RATE ?? 10_000);
const SECONDS = Number(process.env.SECONDS ?? 10);
/** How often a second the publisher sends what has come due. */
const TURNS = 40;
const TOTAL = RATE * SECONDS;
/** In how many frames all rows are scrolled over, at most. */
const FRAMES = 1_500;

test.use({ settings: { TIDINGS_LIMITS_BATCH: "64MiB" } });

/** Notes what a person would feel: long tasks, the longest time without a turn for anything else, long frames. */
function probe(): void {
  const seen = ((window as any).seen = { tasks: [] as number[], gap: 0, frames: [] as number[], rows: 0 });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
    type: "longtask",
  });
  let turn = performance.now();
  const tick = () => {
    seen.gap = Math.max(seen.gap, performance.now() - turn);
    turn = performance.now();
    setTimeout(tick);
  };
  setTimeout(tick);
  let frame = performance.now();
  const paint = (now: number) => {
    seen.frames.push(now - frame);
    frame = now;
    seen.rows = Math.max(seen.rows, document.querySelectorAll(".row").length);
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
}

/** What was noted since the last time. */
async function noted(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { seen } = window as any;
    const frames = [...seen.frames].sort((a: number, b: number) => a - b);
    const at = (part: number) => Math.round(frames[Math.floor((frames.length - 1) * part)]);
    const tasks = seen.tasks.length ? `${Math.round(Math.max(...seen.tasks))} ms (${seen.tasks.length} over 50)` : "none over 50 ms";
    const text =
      `longest task ${tasks}, longest time without a turn ${Math.round(seen.gap)} ms, frames: median ${at(0.5)}, ` +
      `99 % ${at(0.99)}, longest ${at(1)} ms; rows in the document at most ${seen.rows}`;
    Object.assign(seen, { tasks: [], gap: 0, frames: [], rows: 0 });
    return text;
  });
}

/** What the page holds, in words. */
async function held(page: Page): Promise<string> {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const { heap, wasm } = await memory(page);
  return `heap ${megabytes(heap)}, WebAssembly ${megabytes(wasm)}`;
}

/** Publishes at the rate, evenly, whatever the server's pace is; how long it took, in seconds. */
async function flood(server: Server, channel: string): Promise<number> {
  const message = (n: number) => ({ data: `${String(n).padStart(10)} ${"x".repeat(245)}`, event: n % 50 ? undefined : "tick" });
  const begun = performance.now();
  let sent = 0;
  let open: Promise<void>[] = [];
  while (sent < TOTAL) {
    const due = Math.min(TOTAL, Math.floor(((performance.now() - begun) / 1_000) * RATE));
    if (due > sent) {
      open.push(server.publishAll(channel, Array.from({ length: due - sent }, (_, n) => message(sent + n + 1))));
      sent = due;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000 / TURNS));
  }
  await Promise.all(open);
  return (performance.now() - begun) / 1_000;
}

/** Scrolls from one end to the other, so far in each frame that all of its rows are new. */
async function scroll(page: Page, direction: -1 | 1): Promise<number> {
  return page.getByRole("log").evaluate(
    (log, [direction, frames]) =>
      new Promise<number>((done) => {
        const by = direction * Math.max(log.scrollHeight / frames, 2.4 * log.clientHeight);
        let steps = 0;
        const step = () => {
          const before = log.scrollTop;
          log.scrollTop += by;
          steps++;
          if (log.scrollTop === before) done(steps);
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    [direction, FRAMES] as const,
  );
}

for (const transport of ["EventSource", "fetch"]) {
  test(`a flood, received by ${transport}`, async ({ live, ownServer }) => {
    test.setTimeout(600_000);
    const { page } = live;
    await page.addInitScript(probe);
    await page.addInitScript((transport) => localStorage.setItem("transport", transport), transport);
    await live.open({ server: ownServer, path: "/?channel=flood" });
    await expect(live.title).toHaveText("已连接");
    await noted(page);
    const empty = await held(page);
    const seconds = await flood(ownServer, "flood");
    await expect(live.count).toHaveText(TOTAL.toLocaleString("en"), { timeout: 60_000 });
    await expect(live.page.locator(".dropped")).toBeHidden();
    await expect(live.rows.last()).toContainText(String(TOTAL));
    console.log(`\n${transport}: ${TOTAL} events in ${seconds.toFixed(1)} s, all counted: ${await noted(page)}; ${empty} before, ${await held(page)} after`);
    await noted(page);
    await live.disconnect.click();
    for (const [what, direction] of [["up", -1], ["down", 1]] as const) {
      const frames = await scroll(page, direction);
      console.log(`\nscrolled ${what} over all of them, ${frames} steps: ${await noted(page)}`);
    }
    await live.filter.fill("99");
    await expect(live.count).toHaveAttribute("data-searching", "false");
    console.log(`\nfiltered: ${await live.count.textContent()}; ${await noted(page)}`);
    await live.filter.fill("");
    await expect(live.rows.last()).toContainText(String(TOTAL));
    console.log(`\nnot filtered any more: ${await noted(page)}`);
  });
}
