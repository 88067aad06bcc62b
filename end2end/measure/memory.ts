import type { Page } from "@playwright/test";

/** The bytes that the page holds, after a collection of garbage: JavaScript's heap and the WebAssembly's memory. */
export async function memory(page: Page): Promise<{ heap: number; wasm: number }> {
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
