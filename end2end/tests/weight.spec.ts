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

/** What the other pages load after that, before they are live, and what they may. */
const LATER_KIB = { "/board": 100, "/replies/a": 112, "/rooms/lobby": 144 };

for (const [path, budget] of Object.entries(LATER_KIB)) {
  test(`${path} begins as every page does, and loads at most ${budget} KiB more`, async ({ page, server }) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    const paths = new Map<string, string>();
    const bytes = { document: 0, first: 0, later: 0 };
    const part = (url: string) => (/split_|chunk_/.test(url) ? "later" : url.endsWith(path) ? "document" : "first");
    devtools.on("Network.requestWillBeSent", ({ requestId, request }) => paths.set(requestId, request.url));
    devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      bytes[part(paths.get(requestId) ?? "")] += encodedDataLength;
    });
    const connected = page.waitForResponse(/\/api\/events/);
    await page.goto(server.url + path);
    await connected;
    const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
    console.log(`${path}: ${kib(bytes.document)} and ${kib(bytes.first)}, then ${kib(bytes.later)} of ${budget}`);
    // Without the document, which has what was said in it, or ten minutes of figures.
    expect(bytes.first).toBeLessThanOrEqual(BUDGET_KIB * 1024);
    expect(bytes.later).toBeLessThanOrEqual(budget * 1024);
  });
}
