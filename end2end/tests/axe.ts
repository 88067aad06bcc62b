import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

/** What axe finds wrong with the page, in words. */
export async function violations(page: Page): Promise<string[]> {
  // As the developer tools would, and not as a part of the page, which its policy would not let in.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await (window as any).axe.run(document, { resultTypes: ["violations"] });
    return violations.map((found: any) => `${found.id}: ${found.nodes.map((node: any) => node.html).join(" ")}`);
  });
}

/** How much wider than the screen the page is, and what is, but for what is scrolled to. */
export async function overflow(page: Page): Promise<unknown[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5 && !element.closest(".filter-chips"),
    );
    return [root.scrollWidth - root.clientWidth, ...wide.map((element) => element.outerHTML)];
  });
}
