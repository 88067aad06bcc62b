import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "./fixtures.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** `make cluster`: three nodes, a Redis and an nginx, and the number of each process. */
async function start(port: number) {
  const env = { ...process.env, PORT: String(port) };
  const child = spawn("scripts/cluster.sh", { cwd: ROOT, env, stdio: ["ignore", "pipe", "ignore"] });
  const exit = once(child, "exit");
  const processes = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, id] = line.split(/\s+/);
    if (Number(id)) processes.set(name, Number(id));
    if (name === "nginx") return { child, exit, url: `http://127.0.0.1:${port}`, processes };
  }
  throw new Error(`make cluster does not start: exit code ${(await exit)[0]}`);
}

test("a node is killed, and pages go on at another", async ({ context, page: live }) => {
  // Below those that the system gives away, and apart for tests beside this one.
  const { child, exit, url, processes } = await start(16_000 + 4 * (process.pid % 1_000));
  // As a publisher does it: what was cut off is sent again, with the same key.
  const publish = async (data: string) => {
    const headers = { "idempotency-key": data };
    for (;;) {
      const answer = await fetch(`${url}/api/channels/news/messages`, { method: "POST", body: data, headers });
      if (answer.ok) return answer.headers.get("x-tidings-node");
      expect(answer.status).toBeGreaterThanOrEqual(502);
    }
  };
  try {
    await expect.poll(() => fetch(`${url}/readyz`).then(({ status }) => status, () => 0)).toBe(200);
    await live.goto(`${url}/?channel=news`);
    await expect(live.locator(".connection-title")).toHaveText("已连接");
    await live.keyboard.press("l");
    const answers = live.locator(".journal li", { hasText: /由 node-[123] 应答/ });
    await expect(answers).toHaveCount(1);
    const first = /node-\d/.exec((await answers.textContent())!)![0];
    // The other tab has the same connection.
    const board = await context.newPage();
    await board.goto(`${url}/board`);
    const [node, nodes] = [board.locator(".chart-nodes b"), board.locator(".chart-nodes span")];
    await expect(nodes).toHaveText("3 个节点的合计", { timeout: 15_000 });
    await expect(node).toHaveText(first);
    expect(await publish("before")).toMatch(/^node-[123]$/);
    await expect(live.locator(".count")).toHaveText("1");

    process.kill(processes.get(first)!, "SIGKILL");
    for (let number = 0; number < 20; number += 1) expect(await publish(`after ${number}`)).not.toBe(first);
    await expect(live.locator(".count")).toHaveText("21", { timeout: 15_000 });
    await expect(nodes).toHaveText("2 个节点的合计", { timeout: 15_000 });
    await expect(node).toHaveText(/^node-[123]$/);
    await expect(node).not.toHaveText(first);
    await expect(answers.first()).toContainText((await node.textContent())!);
  } finally {
    child.kill();
    await exit;
  }
});
