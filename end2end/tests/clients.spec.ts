import { fetchEventSource } from "@microsoft/fetch-event-source";
import { expect, test as base } from "@playwright/test";
import { EventSource } from "eventsource";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { SSE } from "sse.js";
import { Proxy } from "./proxy.js";
import { Server } from "./server.js";
import { XMLHttpRequest } from "./xhr.js";

// What the clients expect of a browser and Node does not have.
Object.assign(globalThis, {
  XMLHttpRequest,
  window: globalThis,
  document: { hidden: false, addEventListener() {}, removeEventListener() {} },
});

type Seen = { id: string; data: string };
type Watch = (url: string, seen: (message: Seen) => void) => { close(): void };

interface Client {
  watch: Watch;
  /** It keeps an id that comes without an event, as the standard wants. */
  keepsAnIdAlone: boolean;
}

/** Every client watches as its own documentation says, and reconnects for as long as it is open. */
const clients: Record<string, Client> = {
  eventsource: {
    keepsAnIdAlone: false,
    watch(url, seen) {
      const source = new EventSource(url);
      source.onmessage = ({ lastEventId, data }) => seen({ id: lastEventId, data });
      return source;
    },
  },

  "@microsoft/fetch-event-source": {
    keepsAnIdAlone: true,
    watch(url, seen) {
      const end = new AbortController();
      void fetchEventSource(url, {
        signal: end.signal,
        openWhenHidden: true,
        onmessage({ id, data }) {
          // It hands out blocks without data, too.
          if (data) seen({ id, data });
        },
        onclose() {
          throw new Error("ended: to be tried again");
        },
        onerror() {},
      });
      return { close: () => end.abort() };
    },
  },

  "sse.js": {
    keepsAnIdAlone: true,
    watch(url, seen) {
      const source = new SSE(url, { autoReconnect: true, reconnectDelay: 50 });
      source.addEventListener("message", ({ id, data }: Seen) => seen({ id, data }));
      return source;
    },
  },

  "eventsource-parser": {
    keepsAnIdAlone: false,
    watch(url, seen) {
      const end = new AbortController();
      void (async () => {
        let last = "";
        while (!end.signal.aborted) {
          try {
            const response = await fetch(url, { signal: end.signal, headers: last ? { "Last-Event-ID": last } : {} });
            const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
            for await (const { id = "", data } of events as unknown as AsyncIterable<Seen>) {
              last = id;
              seen({ id, data });
            }
          } catch {
            // Cut: it comes back.
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      })();
      return { close: () => end.abort() };
    },
  },
};

const test = base.extend<{ server: Server; way: Proxy }>({
  server: async ({}, use, info) => {
    const server = await Server.start({
      TIDINGS_LOG_URL: `sqlite:${info.outputPath("tidings.db")}`,
      TIDINGS_STREAM_RETRY: "100ms",
    });
    await use(server);
    await server.stop("SIGKILL");
  },
  way: async ({ server }, use) => {
    const proxy = await Proxy.to(server.url);
    await use(proxy);
    proxy.close();
  },
});

async function publish(server: Server, ...texts: string[]): Promise<string[]> {
  const ids = [];
  for (const text of texts) ids.push(await server.publish("news", text));
  return ids;
}

for (const [name, { watch, keepsAnIdAlone }] of Object.entries(clients)) {
  test(`${name} misses nothing and doubles nothing, whatever is cut`, async ({ server, way: proxy }) => {
    const seen: Seen[] = [];
    const expected: Seen[] = [];
    const says = async (...texts: string[]) => {
      const ids = await publish(server, ...texts);
      expected.push(...ids.map((id, index) => ({ id, data: texts[index] })));
    };
    const short = (messages: Seen[]) => messages.map(({ id, data }) => `${id} ${data.slice(0, 9)} ${data.length}`);
    const arrives = () =>
      expect.poll(() => short(seen), { intervals: [20], timeout: 30_000 }).toEqual(short(expected));
    const client = watch(`${proxy.url}/api/events?channel=news`, (message) => seen.push(message));
    await expect.poll(() => server.streams()).toBe(1);
    await says("one", "two\nlines", "三");
    await arrives();

    // The server is killed, and starts again.
    await server.stop("SIGKILL");
    await server.restart();
    await says("four", "five");
    await arrives();

    // The connection breaks, and messages are published before there is another.
    proxy.cut();
    await says("six", "seven");
    proxy.restore();
    await arrives();

    // The connection breaks in the middle of a message.
    proxy.cutAfter(100_000);
    await says("x".repeat(300_000));
    await expect.poll(() => proxy.isCut).toBe(true);
    await says("nine");
    proxy.restore();
    await arrives();

    // The server stops as it should: it ends the stream.
    await server.stop("SIGTERM");
    await server.restart();
    await says("ten");
    await arrives();
    client.close();
  });

  test(`${name} misses nothing when it is cut before its first message`, async ({ server, way: proxy }) => {
    const [before] = await publish(server, "before");
    // Who does not keep the id that a stream begins with says in the address where to begin.
    const start = keepsAnIdAlone ? "" : `&last_event_id=${before}`;
    const seen: string[] = [];
    const client = watch(`${proxy.url}/api/events?channel=news${start}`, ({ data }) => seen.push(data));
    await expect.poll(() => server.streams()).toBe(1);
    // Its beginning is with the client when another that came later has its own.
    const other = await fetch(`${proxy.url}/api/events?channel=news`);
    await other.body!.getReader().read();
    proxy.cut();
    await publish(server, "missed");
    proxy.restore();
    await expect.poll(() => seen, { intervals: [20], timeout: 30_000 }).toEqual(["missed"]);
    await publish(server, "live");
    await expect.poll(() => seen, { intervals: [20] }).toEqual(["missed", "live"]);
    client.close();
  });
}
