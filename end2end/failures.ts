import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestError } from "@playwright/test/reporter";

const LINES = 12;

/** Says at the very end, in a few lines each, what failed and why: where only a log's end is kept, that is still known. */
export default class Failures implements Reporter {
  private readonly failed = new Set<TestCase>();
  private readonly others: TestError[] = [];

  onError(error: TestError): void {
    this.others.push(error);
  }

  onTestEnd(test: TestCase): void {
    if (!test.ok()) this.failed.add(test);
  }

  onEnd(): void {
    for (const test of this.failed) {
      console.log(`\nfailed: ${test.titlePath().filter(Boolean).join(" › ")}`);
      for (const error of test.results.at(-1)?.errors ?? []) say(error);
    }
    for (const error of this.others) {
      console.log("\nfailed outside of a test");
      say(error);
    }
  }
}

function say({ message = "", location }: TestError): void {
  if (location) console.log(`${location.file}:${location.line}`);
  const lines = stripVTControlCharacters(message).split("\n").filter((line) => line.trim());
  console.log(lines.slice(0, LINES).join("\n"));
}
