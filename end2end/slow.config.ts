import base from "./playwright.config.js";
export default { ...base, expect: { timeout: 40_000 }, timeout: 240_000, workers: 1 };
