// Takes the README's picture: the page in the middle of the demo.
import { chromium } from "@playwright/test";
import config from "./playwright.config.ts";
import { Server } from "./tests/server.ts";

const server = await Server.start();
const browser = await chromium.launch(config.use?.launchOptions);
const page = await browser.newPage({ viewport: { width: 1120, height: 520 }, locale: "en", deviceScaleFactor: 1.5 });
await page.goto(server.url);
await page.getByRole("button", { name: "Connect", exact: true }).click();
await page.locator(".row").nth(6).waitFor();
await page.waitForTimeout(1_300);
await page.screenshot({ path: "../docs/screenshot.png" });
await browser.close();
await server.stop();
