// Loads the browser's part, keeps clicks that come before it, and says so if it cannot run. `data-page` on the root
// element is what the styles go by: absent without scripts, then "loading", "ready" or "failed".
(script, wasm) => {
  const root = document.documentElement;
  const early = new Set();
  const keep = (event) => {
    const button = event.target.closest("[data-early]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    early.add(button);
    button.setAttribute("aria-busy", "true");
  };
  const settle = (state) => {
    removeEventListener("click", keep, true);
    root.dataset.page = state;
    for (const button of early) {
      button.removeAttribute("aria-busy");
      if (state === "ready") button.click();
    }
    early.clear();
  };
  root.dataset.page = "loading";
  addEventListener("click", keep, true);
  addEventListener("error", ({ error }) => {
    if (error instanceof WebAssembly.RuntimeError) settle("failed");
  });
  // The files may be here before the rest of the page is, and it can only be taken over whole.
  const whole = new Promise((done) => addEventListener("DOMContentLoaded", done));
  import(script)
    .then(async (page) => {
      await page.default({ module_or_path: wasm });
      await whole;
      page.hydrate();
      settle("ready");
    })
    .catch((error) => {
      console.error(error);
      settle("failed");
    });
};
