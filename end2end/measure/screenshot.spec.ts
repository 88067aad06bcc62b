import { Server } from "../tests/server.js";
import { expect, LivePage, test } from "../tests/fixtures.js";

test.use({ viewport: { width: 1120, height: 800 }, locale: "en", deviceScaleFactor: 1.5 });

const ORDERS: [string, string, object | string][] = [
  ["orders.1041", "placed", { order: 1041, items: 3, total: "84.90" }],
  ["orders.1042", "placed", { order: 1042, items: 1, total: "12.00" }],
  ["orders.1041", "paid", { order: 1041, method: "card" }],
  ["orders.1043", "placed", { order: 1043, items: 7, total: "310.50" }],
  ["orders.1042", "cancelled", { order: 1042, reason: "out of stock" }],
  ["orders.1041", "shipped", { order: 1041, carrier: "DHL", parcels: 1 }],
];

// The README's picture: a page of channels, with what was kept and what has just come.
test("screenshot", async ({ page }) => {
  const server = await Server.start({ TIDINGS_SERVER_ADDRESS: "127.0.0.1:3000" });
  const publish = async (channel: string, event: string, data: object | string) => {
    const body = JSON.stringify({ event, data });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${server.url}/api/channels/${channel}/messages`, { method: "POST", headers, body });
    expect(answer.status).toBe(201);
  };
  for (const order of ORDERS.slice(0, 4)) await publish(...order);
  const live = new LivePage(page, server.url);
  await page.goto(`${server.url}/?channel=orders.%3E`);
  await live.hydrated();
  await expect(live.title).toHaveText("Connected");
  for (const order of ORDERS.slice(4)) await publish(...order);
  await live.receives(ORDERS.length);
  await live.rows.nth(2).click();
  await expect(live.rows.nth(2).getByRole("tabpanel")).toContainText("card");
  // What has just arrived is no longer tinted.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.screenshot({ path: "../docs/screenshot.png" });
  await server.stop();
});
