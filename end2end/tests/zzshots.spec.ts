import { test as base, expect } from "./fixtures.js";
import { Model } from "./model.js";
const test = base.extend<{ model: Model }>({
  model: async ({}, use) => { const m = await Model.start(); await use(m); await m.close(); },
  settings: async ({ model }, use) => use({ ...model.settings }),
});
for (const colorScheme of ["light", "dark"] as const) for (const width of [320, 1280])
test(`shots ${colorScheme} ${width}`, async ({ page, ownServer, model }) => {
  page.on("console", (m) => console.log(m.text()));
  page.on("pageerror", (e) => console.log("ERR", e.message));
  const shot = (name: string) => page.screenshot({ path: `/tmp/shots/${name}-${colorScheme}-${width}.png` });
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: width === 320 ? 640 : 800 });
  await page.goto(`${ownServer.url}/replies`);
  await page.waitForTimeout(1500);
  await shot("empty");
  await page.goto(`${ownServer.url}/replies/tea`);
  await page.waitForTimeout(1500);
  const field = page.getByRole("textbox", { name: "问题" });
  await field.fill("绿茶和红茶有什么区别？\n请列表说明。");
  await field.press("Enter");
  const asked = await model.asked();
  await page.waitForTimeout(300);
  await shot("waiting");
  asked.say("## 绿茶与红茶\n\n两者都来自**茶树**，区别在于*发酵*程度：\n\n1. 绿茶不发酵，保留 `茶多酚`。\n2. 红茶全发酵。\n   - 香气更浓\n   - 汤色更红\n\n> 一方水土养一方茶。\n\n| 项目 | 绿茶 | 红茶 |\n|---|:-:|--:|\n| 发酵 | 无 | 全 |\n| 水温 | 80 ℃ | 95 ℃ |\n\n```rust\nfn brew(tea: Tea) -> Cup {\n    Cup::of(tea).steep(Duration::from_secs(180))\n}\n```\n\n更多见 https://example.org/tea 。**还没写");
  await page.waitForTimeout(500);
  await shot("running");
  asked.cut();
  await page.waitForTimeout(500);
  await shot("failed");
  await page.getByRole("button", { name: "重试" }).click();
  (await model.asked()).refuse(429, { "retry-after": "30" }, "slow down");
  await page.waitForTimeout(500);
  await shot("limited");
  await page.evaluate(() => { for (const e of [document.querySelector(".exchanges"), document.scrollingElement]) e!.scrollTop = 0; });
  await page.waitForTimeout(300);
  await shot("top");
});
