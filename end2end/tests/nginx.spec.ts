import { expect, test } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { Server } from "./server.js";

const NGINX = process.env.NGINX ?? "/usr/sbin/nginx";

/** A port that is free at this moment. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), "close");
  return port;
}

/** A configuration with nothing set that nginx does not have by itself: it buffers what it proxies. */
const plain = (folder: string) => {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")}
      server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }
    }`;
};

/** The configuration that operators are given. */
const SAMPLE = readFileSync(new URL("../../deploy/nginx.conf", import.meta.url), "utf8");

/** A real nginx before the server. */
async function nginx(server: Server, folder: string, config: string): Promise<{ process: ChildProcess; url: string }> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const mine = config.replace("listen 80;", `listen 127.0.0.1:${port};`).replaceAll("127.0.0.1:3000", new URL(server.url).host);
  await writeFile(`${folder}/nginx.conf`, mine);
  const alone = `daemon off; master_process off;${config.includes("pid ") ? "" : ` pid ${folder}/nginx.pid;`}`;
  const options = ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr", "-g", alone];
  const child = spawn(NGINX, options, { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(url).then(() => true, () => false)).toBe(true);
  return { process: child, url };
}

for (const name of ["its default buffering", "the sample configuration"]) {
  test(`behind nginx with ${name}, messages arrive one by one`, async ({}, info) => {
    const server = await Server.start({ TIDINGS_LOG_URL: "memory:", TIDINGS_STREAM_HEARTBEAT: "5m" });
    const folder = info.outputPath("nginx");
    const proxy = await nginx(server, folder, name.startsWith("the") ? SAMPLE : plain(folder));
    try {
      const stream = await fetch(`${proxy.url}/api/events?channel=news`);
      expect(stream.status).toBe(200);
      const blocks = blocksOf(stream);
      expect(await blocks.next()).toMatch(/^retry: /);
      expect(await blocks.next()).toMatch(/^id: /);
      // Each is waited for before the next is published: one that is held back is never followed by another.
      for (const text of ["one", "two", "三", "x".repeat(100_000), "last"]) {
        const url = `${proxy.url}/api/channels/news/messages`;
        expect((await fetch(url, { method: "POST", body: text })).status).toBe(201);
        expect((await blocks.next()).startsWith(`data: ${text}\n`)).toBe(true);
      }
      // Who leaves nginx leaves the server.
      await blocks.close();
      await expect.poll(() => server.streams()).toBe(0);
    } finally {
      proxy.process.kill("SIGKILL");
      await server.stop("SIGKILL");
    }
  });
}

test("behind the sample configuration pages may publish, and a restart stops no EventSource", async ({ page }, info) => {
  const server = await Server.start({ TIDINGS_LOG_URL: "memory:" });
  const proxy = await nginx(server, info.outputPath("nginx"), SAMPLE);
  const publish = (origin: string) =>
    fetch(`${proxy.url}/api/channels/news/messages`, { method: "POST", body: "x", headers: { origin } });
  try {
    // What a browser says that does not say more: its origin is that of the server as nginx passes it on.
    expect((await publish(proxy.url)).status).toBe(201);
    expect((await publish("http://elsewhere.example")).status).toBe(403);
    await page.goto(`${proxy.url}/?channel=news`);
    await page.evaluate(() => {
      const heard = ((window as any).heard = [] as string[]);
      const stream = ((window as any).stream = new EventSource("/api/events?channel=news"));
      stream.onmessage = ({ data }) => heard.push(data);
    });
    const state = () => page.evaluate(() => (window as any).stream.readyState);
    await expect.poll(state).toBe(1);
    await server.stop("SIGKILL");
    await expect.poll(state).toBe(0);
    const answer = await fetch(`${proxy.url}/api/events?channel=news`);
    expect([answer.status, await answer.text()]).toEqual([200, "retry: 2000\n\n"]);
    await server.restart();
    await expect.poll(state, { timeout: 20_000 }).toBe(1);
    expect((await publish(proxy.url)).status).toBe(201);
    await expect.poll(() => page.evaluate(() => (window as any).heard.at(-1))).toBe("x");
  } finally {
    proxy.process.kill("SIGKILL");
    await server.stop("SIGKILL");
  }
});

/** A stream's blocks, one after the other. */
function blocksOf(stream: Response) {
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async next(): Promise<string> {
      while (!text.includes("\n\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the stream ended");
        text += value;
      }
      const end = text.indexOf("\n\n");
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      return block;
    },
    close: () => reader.cancel(),
  };
}
