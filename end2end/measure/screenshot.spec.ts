import { Server } from "../tests/server.js";
import { expect, LivePage, test } from "../tests/fixtures.js";

test.use({ viewport: { width: 1120, height: 480 }, locale: "en", deviceScaleFactor: 1.5 });

// The README's picture: the page in the middle of the demo.
test("screenshot", async ({ page }) => {
  const server = await Server.start({ TIDINGS_SERVER_ADDRESS: "127.0.0.1:3000" });
  const live = new LivePage(page, server.url);
  await live.open();
  await live.connect.click();
  await live.receives(7);
  // What has just arrived is no longer tinted.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.screenshot({ path: "../docs/screenshot.png" });
  await expect(live.title).toHaveText("Ended", { timeout: 10_000 });
  await server.stop();
});
