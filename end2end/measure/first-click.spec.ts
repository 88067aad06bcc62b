import type { CDPSession } from "@playwright/test";
import { expect, test } from "../tests/fixtures.js";

const RUNS = 9;

const CONDITIONS = [
  { name: "as it is", cpu: 1, kbits: 0 },
  { name: "CPU 4 times slower", cpu: 4, kbits: 0 },
  { name: "that and 1.6 Mbit/s, 150 ms", cpu: 4, kbits: 1_600 },
];

/** What one cold visit takes, in milliseconds from the navigation. */
interface Visit {
  paint: number;
  ready: number;
  clicked: number;
  row: number;
}

for (const { name, cpu, kbits } of CONDITIONS) {
  test(`first click: ${name}`, async ({ browser, server }) => {
    test.setTimeout(120_000);
    const visits: Visit[] = [];
    for (let run = 0; run < RUNS; run++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const devtools: CDPSession = await context.newCDPSession(page);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: cpu });
      if (kbits) {
        await devtools.send("Network.enable");
        const throughput = (kbits * 1_000) / 8;
        await devtools.send("Network.emulateNetworkConditions", {
          offline: false,
          latency: 150,
          downloadThroughput: throughput,
          uploadThroughput: throughput,
        });
      }
      // Presses Connect from the first moment it is there, in the page itself and on its clock, and notes which press
      // the page answers.
      await page.addInitScript(() => {
        const times = ((window as any).times = {} as Record<string, number>);
        const look = () => {
          const page = document.documentElement?.dataset.page;
          if (page === "ready" && !times.ready) times.ready = performance.now();
          const button = document.querySelector<HTMLElement>(".primary");
          if (button && !times.pressed) {
            times.pressed = performance.now();
            button.click();
          }
          const status = document.querySelector<HTMLElement>(".connection")?.dataset.status;
          if (status && status !== "idle" && !times.clicked) times.clicked = performance.now();
          if (document.querySelector(".row") && !times.row) times.row = performance.now();
          if (!times.row) requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
      await page.goto(server.url);
      await expect.poll(() => page.evaluate(() => (window as any).times.row), { timeout: 20_000 }).toBeTruthy();
      visits.push(
        await page.evaluate(() => ({
          ...(window as any).times,
          paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
        })),
      );
      await context.close();
    }
    const median = (value: (visit: Visit) => number) => {
      const sorted = visits.map(value).sort((a, b) => a - b);
      return `${Math.round(sorted[sorted.length >> 1])} ms`;
    };
    console.log(
      `\n${name}, median of ${RUNS} cold visits: first paint ${median(({ paint }) => paint)}, ` +
        `page ready ${median(({ ready }) => ready)}, first click answered ${median(({ clicked }) => clicked)}, ` +
        `first row ${median(({ row }) => row)}`,
    );
  });
}
