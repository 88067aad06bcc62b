import config from "./playwright.config.js";

// Figures, not tests: `make bench-browser` prints them, and nothing fails for a slow machine.
export default { ...config, testDir: "measure", workers: 1, reporter: "line" as const };
