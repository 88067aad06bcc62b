import { expect } from "@playwright/test";
import type { LivePage } from "./fixtures.js";
import { Server } from "./server.js";

const CHANNEL = "kills";

/** Small batches, so that a kill comes between and into them. */
const BATCH = 20;

/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Publishes the numbers from one on while the server is killed over and over at random moments, and looks whether the
 * page has each of them once and in order.
 */
export async function kill(live: LivePage, { folder, kills, messages }: { folder: string; kills: number; messages: number }) {
  const seed = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 31));
  console.log(`\nSEED=${seed}`);
  const next = random(seed);
  const server = await Server.start({ TIDINGS_LOG_URL: `sqlite:${folder}/kills.db`, TIDINGS_STREAM_RETRY: "100ms" });
  try {
    await live.open({ server, path: `/?channel=${CHANNEL}` });
    await expect(live.page.locator('.connection[data-status="open"]')).toBeVisible();
    const began = Date.now();
    let published = 0;
    const publishing = (async () => {
      while (published < messages) {
        const last = Math.min(published + BATCH, messages);
        const lines = Array.from({ length: last - published }, (_, n) => JSON.stringify({ data: String(published + n + 1) }));
        const answer = await fetch(new URL(`/api/channels/${CHANNEL}/messages`, server.url), {
          method: "POST",
          // With a key the batch is published once, however often it is sent.
          headers: { "content-type": "application/x-ndjson", "idempotency-key": `batch-${published}` },
          body: lines.join("\n"),
        }).catch(() => undefined);
        if (answer?.ok) published = last;
        // A server that is down says nothing; it is asked again when it may be up.
        else await new Promise((done) => setTimeout(done, 20));
      }
    })();
    // At random places of what is to be published, the first after some and the last before all.
    const places = Array.from({ length: kills }, () => Math.trunc(next() * messages * 0.98)).sort((a, b) => a - b);
    for (const place of places) {
      await expect.poll(() => published, { intervals: [5], timeout: 60_000 }).toBeGreaterThanOrEqual(place);
      await server.stop("SIGKILL");
      await server.restart();
    }
    await publishing;
    await expect(live.count).toHaveText(messages.toLocaleString("en"), { timeout: 120_000 });
    const received = await live.exported();
    expect(received.map(({ data }) => Number(data))).toEqual(Array.from({ length: messages }, (_, n) => n + 1));
    return { seconds: Math.round((Date.now() - began) / 1_000), seed };
  } finally {
    await server.stop("SIGKILL");
  }
}
