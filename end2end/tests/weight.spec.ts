import { expect, test } from "./fixtures.js";

const BUDGET_KIB = 150;

test(`the whole page, cold, weighs at most ${BUDGET_KIB} KiB on the wire`, async ({ page, server }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  const paths = new Map<string, string>();
  const parts: { path: string; bytes: number }[] = [];
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => paths.set(requestId, request.url));
  // The response's headers and its body, as compressed.
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
    parts.push({ path: new URL(paths.get(requestId) ?? "").pathname, bytes: encodedDataLength }),
  );
  await page.goto(server.url);
  await expect(page.locator("html")).toHaveAttribute("data-page", "ready");
  await page.waitForLoadState("networkidle");
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(10);
  for (const { path, bytes } of parts.sort((a, b) => b.bytes - a.bytes)) console.log(`${kib(bytes)}  ${path}`);
  console.log(`${kib(total)}  in all, of ${BUDGET_KIB} KiB`);
  expect(parts.map(({ path }) => path.replace(/^.*\./, "")).sort()).toEqual(
    expect.arrayContaining(["/", "css", "js", "wasm"]),
  );
  expect(total).toBeLessThanOrEqual(BUDGET_KIB * 1024);
});

test("what is loaded later comes in one file each", async ({ page, server }) => {
  const script = page.waitForResponse(/__wasm_split/);
  await page.goto(server.url);
  const files = (await (await script).text()).match(/[a-z0-9_]+\.wasm/g);
  expect(files?.sort()).toEqual(["split_console.wasm", "split_fetch.wasm"]);
});
