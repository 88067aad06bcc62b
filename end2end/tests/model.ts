import type { IncomingMessage, ServerResponse } from "node:http";
import { answerWith } from "./server.js";

/** The server of a model, as a test plays it: OpenAI's chat completions, streamed, and what is said is what the test says. */
export class Model {
  private readonly waiting: Asked[] = [];
  private readonly takers: ((asked: Asked) => void)[] = [];

  private constructor(private readonly server: { url: string; close(): Promise<void> }) {}

  static async start(): Promise<Model> {
    let model: Model | undefined;
    const server = await answerWith(async (request, response) => {
      const body: Buffer[] = [];
      for await (const part of request) body.push(part as Buffer);
      model?.take(new Asked(JSON.parse(Buffer.concat(body).toString()), request, response));
    });
    model = new Model(server);
    return model;
  }

  /** What makes a server ask it. */
  get settings(): Record<string, string> {
    return { TIDINGS_REPLIES_BASE_URL: `${this.server.url}/v1` };
  }

  /** The next request. */
  async asked(): Promise<Asked> {
    return this.waiting.shift() ?? new Promise((resolve) => this.takers.push(resolve));
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private take(asked: Asked): void {
    const taker = this.takers.shift();
    if (taker) taker(asked);
    else this.waiting.push(asked);
  }
}

/** A request, to be answered. */
export class Asked {
  /** Resolves when the other side hangs up. */
  readonly closed: Promise<void>;

  constructor(
    private readonly body: { messages: { role: string; content: string }[] },
    request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    request.socket.setNoDelay(true);
    this.closed = new Promise((resolve) => response.on("close", resolve));
  }

  /** What was asked last. */
  get prompt(): string | undefined {
    return this.body.messages.at(-1)?.content;
  }

  /** What was said before, and what was asked. */
  get said(): string[] {
    return this.body.messages.filter(({ role }) => role !== "system").map(({ content }) => content);
  }

  /** The next piece of the answer. */
  say(text: string): this {
    return this.send({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
  }

  /** The end of the answer. */
  end(reason = "stop"): void {
    this.send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    this.response.end("data: [DONE]\n\n");
  }

  /** The end of the connection in the middle of the answer. */
  cut(): void {
    this.response.destroy();
  }

  /** An answer that is none. */
  refuse(status: number, headers: Record<string, string>, message: string): void {
    this.response.writeHead(status, { "content-type": "application/json", ...headers });
    this.response.end(JSON.stringify({ error: { message } }));
  }

  private send(data: unknown): this {
    if (!this.response.headersSent) this.response.writeHead(200, { "content-type": "text/event-stream" });
    this.response.write(`data: ${JSON.stringify(data)}\n\n`);
    return this;
  }
}
