import type { Page } from "@playwright/test";
import { expect, test } from "../tests/fixtures.js";

const CYCLES = Number(process.env.CYCLES ?? 1_000);

/** Cycles that are not measured: what is made once is not a leak. */
const WARM_UP = 50;

/** The bytes that the page holds, after a collection of garbage: JavaScript's heap and the WebAssembly's memory. */
async function memory(page: Page): Promise<{ heap: number; wasm: number }> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("Performance.enable");
  const { metrics } = await devtools.send("Performance.getMetrics");
  await devtools.detach();
  const wasm = await page.evaluate(async () => {
    const script = document.querySelector<HTMLLinkElement>("link[rel=modulepreload]")!.href;
    // It is loaded already: this hands out what there is.
    return ((await (await import(script)).default()) as { memory: WebAssembly.Memory }).memory.buffer.byteLength;
  });
  return { heap: metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN, wasm };
}

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
