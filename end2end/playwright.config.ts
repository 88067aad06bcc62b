import { defineConfig } from "@playwright/test";

// Each worker starts a server of its own on a free port (fixtures.ts), so tests run beside each other.
export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  forbidOnly: !!process.env.CI,
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  reporter: [[process.env.CI ? "line" : "list"], ["./failures.ts"]],
  use: {
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    viewport: { width: 1280, height: 800 },
    locale: "zh-CN",
    launchOptions: {
      // Debian's browser: Playwright's own is not in any package registry.
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
