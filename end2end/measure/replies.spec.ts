import { expect, test as base } from "../tests/fixtures.js";
import { Model } from "../tests/model.js";

// A trace would look at all of the document, in tasks of the page.
base.use({ trace: "off" });

const TOKENS = Number(process.env.TOKENS ?? 20_000);

const test = base.extend<{ model: Model }>({
  model: async ({}, use) => {
    const model = await Model.start();
    await use(model);
    await model.close();
  },
  settings: async ({ model }, use) => use({ ...model.settings, TIDINGS_REPLIES_LENGTH: "4MiB" }),
});

/** Notes every task over 50 ms, and how far apart frames are. */
function probe(): void {
  const seen = ((window as any).seen = { tasks: [] as number[], frames: [] as number[] });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
    type: "longtask",
  });
  let frame = performance.now();
  const paint = (now: number) => {
    seen.frames.push(now - frame);
    frame = now;
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
}

/** Answers of so many tokens. */
const answers: Record<string, (n: number) => string> = {
  "markdown of all kinds": (n) =>
    [
      `## Part ${n}\n\n`, "Some ", "**bold** ", "text ", "with ", "`code` ", "and ", "[a link](https://example.org/", `${n}) `,
      "in it.\n\n", "- one\n", "- two\n", "  - three\n\n", "| a | b |\n", "|---|---|\n", "| 1 | 2 |\n\n", "```rust\n",
      "fn main() {\n", "    println!();\n", "}\n```\n\n",
    ][n % 20] ?? "",
  "one paragraph": (n) => `word${n % 100} `,
  "one block of code": (n) => (n === 0 ? "```\n" : n % 10 ? "let a = 1; " : "\n"),
  "nothing but open delimiters": (n) => ["*a ", "[b ", "`c ", "~~d ", "_e "][n % 5] ?? "",
};

/** How fast they come, in tokens a second: as fast as they can, and as a fast model gives them. */
const PACES = [Infinity, 2_000];

for (const [what, token, pace] of Object.entries(answers).flatMap(([what, token]) =>
  PACES.map((pace) => [what, token, pace] as const),
)) {
  test(`a reply of many tokens: ${what}, ${pace} a second`, async ({ page, ownServer, model }) => {
    test.setTimeout(300_000);
    await page.goto(`${ownServer.url}/replies/measured`);
    await expect(page.locator(".thread-connection")).toBeAttached();
    await page.getByRole("textbox").fill("go");
    await page.getByRole("textbox").press("Enter");
    const asked = await model.asked();
    await expect(page.getByRole("article")).toHaveCount(1);
    await page.evaluate(`(${probe})()`);
    const begun = performance.now();
    let bytes = 0;
    for (let n = 0; n < TOKENS; n++) {
      const text = token(n);
      bytes += Buffer.byteLength(text);
      asked.say(text);
      // As fast as they come, but the server takes them while they come.
      if (n % 100 === 0) {
        const ahead = (n / pace) * 1_000 - (performance.now() - begun);
        await new Promise((resolve) => (ahead > 0 ? setTimeout(resolve, ahead) : setImmediate(resolve)));
      }
    }
    asked.say(" fin").end();
    await expect(page.locator(".answer")).toHaveAttribute("aria-busy", "false", { timeout: 120_000 });
    // It is painted in the frames after it came.
    await expect(page.locator(".answer")).toContainText("fin", { timeout: 120_000 });
    const seconds = (performance.now() - begun) / 1_000;
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 500))));
    const { tasks, frames } = await page.evaluate(() => (window as any).seen as { tasks: number[]; frames: number[] });
    frames.sort((a, b) => a - b);
    const longest = tasks.length ? `${Math.round(Math.max(...tasks))} ms (${tasks.length} over 50)` : "none over 50 ms";
    console.log(
      `\n${what}, ${pace} a second: ${TOKENS} tokens, ${Math.round(bytes / 1024)} KiB in ${seconds.toFixed(1)} s: longest task ${longest}, ` +
        `frames: median ${Math.round(frames[frames.length >> 1] ?? 0)} ms, longest ${Math.round(frames.at(-1) ?? 0)} ms`,
    );
  });
}
