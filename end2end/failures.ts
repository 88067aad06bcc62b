import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase } from "@playwright/test/reporter";

const LINES = 12;

/** Says at the very end, in a few lines each, what failed and why: where only a log's end is kept, that is still known. */
export default class Failures implements Reporter {
  private readonly failed = new Set<TestCase>();

  onTestEnd(test: TestCase): void {
    if (!test.ok()) this.failed.add(test);
  }

  onEnd(): void {
    for (const test of this.failed) {
      const { file, line } = test.location;
      console.log(`\nfailed: ${test.titlePath().filter(Boolean).join(" › ")}`);
      for (const { message = "", location = { file, line, column: 0 } } of test.results.at(-1)?.errors ?? []) {
        console.log(`${location.file}:${location.line}`);
        console.log(stripVTControlCharacters(message).split("\n").filter((part) => part.trim()).slice(0, LINES).join("\n"));
      }
    }
  }
}
