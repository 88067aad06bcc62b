import { chromium } from "@playwright/test";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const what = process.argv[2] ?? "close"; const N = Number(process.argv[3] ?? 8);
const child = spawn("/tmp/wt-tabs/target/debug/tidings", ["serve"], { cwd: "/tmp/wt-tabs", env: { TIDINGS_SERVER_ADDRESS: "127.0.0.1:0", TIDINGS_LOG_URL: "memory:", TIDINGS_STREAM_RETRY: "500ms", TIDINGS_TELEMETRY_LEVEL: "warn" }, stdio: ["ignore", "pipe", "inherit"] });
let url; for await (const line of createInterface({ input: child.stdout })) { url = /ready: (http:\S+)$/.exec(line)?.[1]; if (url) break; }
const t0 = Date.now(); const log = (...a) => console.log(String(Date.now() - t0).padStart(6), ...a);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ locale: "zh-CN" });
await context.addInitScript(() => {
  const B = BroadcastChannel; const post = B.prototype.postMessage;
  B.prototype.postMessage = function (m) { if (typeof m[1] === "string") console.debug("say", performance.now() | 0, m[1]); return post.call(this, m); };
});
const publish = (c, d) => fetch(`${url}/api/channels/${c}/messages`, { method: "POST", headers: { "content-type": "text/plain" }, body: d });
let n = 0, run = true; const chans = ["chat.a", "chat.b", "news"];
const pub = (async () => { while (run) { n++; await publish(chans[n % 3], String(n)); await new Promise((r) => setTimeout(r, 20)); } })();
const pages = [];
for (let i = 0; i < N; i++) {
  const page = await context.newPage(); const q = i % 2 ? "chat.*" : "news";
  page.on("console", (m) => log(i, m.type(), m.text()));
  page.on("pageerror", (e) => log(i, "ERROR", e.message));
  page.on("request", (r) => /api\/(events|page)/.test(r.url()) && log(i, "REQ", r.method(), r.url().replace(url, "").slice(0, 150)));
  page.on("requestfailed", (r) => /api\/(events|page)/.test(r.url()) && log(i, "END", r.url().replace(url, "").slice(0, 60)));
  await page.goto(`${url}/?channel=${encodeURIComponent(q)}`);
  await page.locator('html[data-page=ready]').waitFor({ timeout: 60000 });
  await page.locator('.connection[data-status=open]').waitFor({ timeout: 60000 });
  log(i, "OPEN");
  pages.push(page);
}
const streams = async () => (await (await fetch(`${url}/healthz`)).json()).streams;
log("streams", await streams());
const last = (p) => p.evaluate(() => Number([...document.querySelectorAll(".row-data")].at(-1)?.textContent ?? 0));
log("lasts", await Promise.all(pages.map(last)), n);
const before = n; const start = Date.now();
const gone = pages[0];
if (what === "close") await gone.close();
if (what === "blank") await gone.goto("about:blank");
if (what === "crash") { const c = gone.waitForEvent("crash"); gone.goto("chrome://crash").catch(() => {}); await c; }
if (what === "freeze") await (await context.newCDPSession(gone)).send("Page.setWebLifecycleState", { state: "frozen" });
if (what === "hang") await gone.evaluate(() => { setTimeout(() => { const e = performance.now() + 3000; while (performance.now() < e); }); });
log("DID", what, before);
const others = pages.slice(1);
for (let i = 0; i < 40; i++) {
  const l = await Promise.all(others.map(last)); if (i % 4 === 0 || Math.min(...l) > before + 1) log("lasts", l, n);
  if (Math.min(...l) > before + 1) { log("TOOK", Date.now() - start); break; }
  await new Promise((r) => setTimeout(r, 50));
}
await new Promise((r) => setTimeout(r, 4000));
log("streams", await streams(), await Promise.all(others.map(last)), n);
run = false; await pub;
await browser.close(); child.kill("SIGKILL"); process.exit(0);
