import { expect, test } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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

/** A real nginx before the server, with nothing set that it does not have by itself: it buffers what it proxies. */
async function nginx(server: Server, folder: string): Promise<{ process: ChildProcess; url: string }> {
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await mkdir(folder, { recursive: true });
  await writeFile(
    `${folder}/nginx.conf`,
    `daemon off;
     master_process off;
     pid ${folder}/nginx.pid;
     error_log stderr;
     events {}
     http {
       access_log off;
       ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n")}
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass ${server.url}; }
       }
     }`,
  );
  const child = spawn(NGINX, ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(url).then(() => true, () => false)).toBe(true);
  return { process: child, url };
}

test("behind nginx with its default buffering, messages arrive one by one", async ({}, info) => {
  const server = await Server.start({ TIDINGS_LOG_URL: "memory:", TIDINGS_STREAM_HEARTBEAT: "5m" });
  const proxy = await nginx(server, info.outputPath("nginx"));
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
