import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as ask, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM =
  process.env.TIDINGS_PROGRAM ?? fileURLToPath(new URL("../../target/release/tidings", import.meta.url));

/** On a free port, and with nothing kept in files: tests run beside each other. Anyone may use any channel. */
const DEFAULTS = {
  TIDINGS_SERVER_ADDRESS: "127.0.0.1:0",
  TIDINGS_LOG_URL: "memory:",
  TIDINGS_ACCESS_ANONYMOUS_PUBLISH: '[">"]',
  TIDINGS_ACCESS_ANONYMOUS_SUBSCRIBE: '[">"]',
};

/** A real server process, of the release build if the variable TIDINGS_PROGRAM names no other. */
export class Server {
  private constructor(
    private process: ChildProcess,
    private readonly settings: Record<string, string>,
    /** Where it serves; stays the same over a restart. */
    readonly url: string,
  ) {}

  /** Starts a server on a free port and waits until it says that it is ready. */
  static async start(settings: Record<string, string> = {}, ...options: string[]): Promise<Server> {
    const { process, url } = await launch({ ...DEFAULTS, ...settings }, options);
    return new Server(process, { ...DEFAULTS, ...settings }, url);
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    ({ process: this.process } = await launch({ ...this.settings, TIDINGS_SERVER_ADDRESS: new URL(this.url).host }));
  }

  /** Ends it: SIGKILL leaves it no time for anything. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, "exit");
    this.process.kill(signal);
    await exit;
  }

  /** Publishes to a channel; the message's id. */
  async publish(channel: string, data: string, event?: string): Promise<string> {
    const query = event ? `?event=${encodeURIComponent(event)}` : "";
    const url = new URL(`/api/channels/${channel}/messages${query}`, this.url);
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "text/plain" }, body: data });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { id: string }).id;
  }

  /** Publishes many at once. */
  async publishAll(channel: string, messages: { data: unknown; event?: string }[]): Promise<void> {
    const url = new URL(`/api/channels/${channel}/messages`, this.url);
    const body = messages.map((message) => JSON.stringify(message)).join("\n");
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }

  /** How many streams the server has open. */
  async streams(): Promise<number> {
    const health = await fetch(new URL("/healthz", this.url));
    return ((await health.json()) as { streams: number }).streams;
  }
}

/** A token of a server with this secret; see `tidings token mint --help`. */
export function token(secret: string, ...options: string[]): string {
  const env = { TIDINGS_ACCESS_SECRET: secret };
  return execFileSync(PROGRAM, ["token", "mint", ...options], { env, encoding: "utf8" }).trim();
}

/** Something else that answers HTTP: in the place of a server that is gone (`at` its address), or on a free port. */
export async function answerWith(listener: RequestListener, at = "http://127.0.0.1:0") {
  const other = createServer(listener);
  other.listen(Number(new URL(at).port), "127.0.0.1");
  await once(other, "listening");
  return {
    url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
    /** Ends it and frees the port. */
    async close(): Promise<void> {
      const closed = once(other, "close");
      other.closeAllConnections();
      other.close();
      await closed;
    },
  };
}

/**
 * A gateway in front of a server: what `answer` does not take is passed on, the answer as it comes.
 * `answer` says whether it took a request.
 */
export async function gateway(target: string, answer: (...heard: Parameters<RequestListener>) => boolean) {
  return answerWith((request, response) => {
    if (answer(request, response)) return;
    const { method, headers, url } = request;
    const onwards = ask(new URL(url ?? "/", target), { method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
      answered.on("error", () => response.destroy());
    });
    onwards.on("error", () => response.destroy());
    response.on("close", () => onwards.destroy());
    request.pipe(onwards);
  });
}

async function launch(
  settings: Record<string, string>,
  options: string[] = [],
): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(PROGRAM, ["serve", ...options], {
    env: { ...settings, TIDINGS_TELEMETRY_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /ready: (https?:\S+)$/.exec(line)?.[1];
    if (url) return { process: child, url };
  }
  throw new Error(`${PROGRAM} did not start`);
}
