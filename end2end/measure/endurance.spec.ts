import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "../tests/fixtures.js";
import { kill } from "../tests/kills.js";
import { memory } from "./memory.js";

const CYCLES = Number(process.env.CYCLES ?? 1_000);
const KILLS = Number(process.env.KILLS ?? 50);
const MESSAGES = Number(process.env.MESSAGES ?? 10_000);

/** Cycles that are not measured: what is made once is not a leak. */
const WARM_UP = 50;

/** Connects and disconnects so often, each time until the page says that it is so. */
async function cycle(page: Page, times: number): Promise<void> {
  await page.evaluate(async (times) => {
    const connection = document.querySelector<HTMLElement>(".connection")!;
    const [connect, disconnect] = connection.querySelectorAll<HTMLElement>(".button");
    const becomes = (status: string) =>
      new Promise<void>((done) => {
        const look = () => connection.dataset.status === status && (observer.disconnect(), done());
        const observer = new MutationObserver(look);
        observer.observe(connection, { attributeFilter: ["data-status"] });
        look();
      });
    for (let time = 0; time < times; time++) {
      connect!.click();
      await becomes("open");
      disconnect!.click();
      await becomes("closed");
    }
  }, times);
}

for (const path of ["/", "/?channel=cycles"]) {
  test(`${CYCLES} connects and disconnects at ${path}`, async ({ live, ownServer }) => {
    test.setTimeout(600_000);
    await live.open({ server: ownServer, path });
    if (path !== "/") {
      await expect(live.page.locator('.connection[data-status="open"]')).toBeVisible();
      await live.disconnect.click();
    }
    await cycle(live.page, WARM_UP);
    const before = await memory(live.page);
    await cycle(live.page, CYCLES);
    await expect.poll(() => ownServer.streams()).toBe(0);
    const after = await memory(live.page);
    console.log(
      `\n${CYCLES} connects and disconnects at ${path}: streams on the server 0, heap ${after.heap - before.heap} bytes more, ` +
        `WebAssembly's memory ${after.wasm - before.wasm} bytes more`,
    );
    expect(after.heap - before.heap).toBeLessThan(1 << 20);
    expect(after.wasm - before.wasm).toBeLessThan(1 << 20);
  });
}

test(`${KILLS} kills while ${MESSAGES} messages flow`, async ({ live }) => {
  test.setTimeout(1_200_000);
  const folder = await mkdtemp(join(tmpdir(), "tidings-"));
  try {
    const { seconds, seed } = await kill(live, { folder, kills: KILLS, messages: MESSAGES });
    console.log(`\n${KILLS} kills while ${MESSAGES} messages flow (seed ${seed}): ${seconds} s, and each is there once`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
