import { overflow, violations } from "./axe.js";
import { expect, LivePage, test } from "./fixtures.js";
import { token } from "./server.js";

const SECRET = "0123456789abcdef0123456789abcdef";

test.use({
  locale: "en-US",
  settings: {
    TIDINGS_ACCESS_SECRET: SECRET,
    TIDINGS_ACCESS_ANONYMOUS_PUBLISH: '["news"]',
    TIDINGS_ACCESS_ANONYMOUS_SUBSCRIBE: '["news", "hub.>"]',
    TIDINGS_STREAM_RETRY: "500ms",
  },
});

const ann = (...options: string[]) => token(SECRET, "--subject", "ann", "--subscribe", "secret", ...options);

test("who may not see a channel is led to sign in, and back to it", async ({ page, ownServer }) => {
  const publish = fetch(`${ownServer.url}/api/channels/secret/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann("--publish", "secret")}` },
    body: "for ann",
  });
  expect((await publish).status).toBe(201);
  expect((await page.goto(`${ownServer.url}/?channel=secret`))?.status()).toBe(401);
  await expect(page.getByRole("alert")).toContainText("to watch secret needs a token");
  expect(await violations(page)).toEqual([]);

  // What is no token says so, and the way back is there.
  await page.getByLabel("Token").fill("not a token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("main")).toContainText("this is not a JSON Web Token");
  await page.goBack();

  await page.getByLabel("Token").fill(ann());
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${ownServer.url}/?channel=secret`);
  const live = new LivePage(page, ownServer.url);
  await expect(live.rows).toHaveCount(1);
  expect(await live.data()).toEqual(["for ann"]);
  await expect(page.locator(".connection")).toHaveAttribute("data-status", "open");
  // No script reads it.
  expect(await page.evaluate(() => document.cookie)).not.toContain("token");

  await page.goto(`${ownServer.url}/sign-in`);
  await expect(page.locator("main")).toContainText("Signed in as ann until");
  await expect(page.locator("dd").nth(1)).toHaveText("hub.>, news, secret");
  await page.getByRole("button", { name: "Sign out" }).click();
  expect((await page.goto(`${ownServer.url}/?channel=secret`))?.status()).toBe(401);
});

test("the sign-in page has room at 320 pixels, in the dark, and in Chinese", async ({ page, ownServer }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.context().addCookies([{ name: "language", value: "zh", url: ownServer.url }]);
  await page.goto(`${ownServer.url}/?channel=secret`);
  await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
  expect(await overflow(page)).toEqual([0]);
  expect(await violations(page)).toEqual([]);
});

test("a page whose token expires says that it may not go on", async ({ page, ownServer }) => {
  await page.goto(`${ownServer.url}/sign-in?back=/%3Fchannel%3Dsecret`);
  await page.getByLabel("Token").fill(ann("--expires", "5s"));
  await page.getByRole("button", { name: "Sign in" }).click();
  const connection = page.locator(".connection");
  await expect(connection).toHaveAttribute("data-status", "open");
  await expect(connection).toHaveAttribute("data-status", "failed", { timeout: 15_000 });
  await expect.poll(() => ownServer.streams()).toBe(0);
});

test("nothing that a page has not from its own document runs in it", async ({ browser, ownServer }) => {
  // Not the fixture's context, for which each refusal is a failure.
  const context = await browser.newContext();
  const page = await context.newPage();
  const answer = await page.goto(ownServer.url);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
  const outcome = await page.evaluate(async () => {
    const refused: string[] = [];
    addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.evil = 1";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", '<img src="x:" onerror="window.evil = 2"><style>*{color:red}</style>');
    document.body.setAttribute("style", "color: red");
    await fetch("http://127.0.0.1:9/").catch(() => {});
    setTimeout("window.evil = 3");
    await new Promise((done) => setTimeout(done, 200));
    return { refused: [...new Set(refused)].sort(), evil: (window as any).evil };
  });
  expect(outcome.evil).toBeUndefined();
  expect(outcome.refused).toEqual([
    "connect-src", "img-src", "script-src", "script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem",
  ]);
  expect(answer?.headers()).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
  });
  await context.close();
});
