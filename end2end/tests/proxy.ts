import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut: connections break, as when a cable is pulled out and put back. */
export class Proxy {
  private readonly sockets = new Set<Socket>();
  private open = true;
  private left = Infinity;
  private muted = false;
  private readonly listener = createServer((client) => this.join(client));

  private constructor(private readonly target: URL) {}

  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url));
    proxy.listener.listen(0, "127.0.0.1");
    await once(proxy.listener, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Breaks every connection; new ones break at once, until `restore`. */
  cut(): void {
    this.open = false;
    for (const socket of this.sockets) socket.destroy();
  }

  restore(): void {
    this.open = true;
    this.left = Infinity;
    this.muted = false;
  }

  /** Keeps every connection open, takes new ones, and lets nothing more through, until `restore`. */
  mute(): void {
    this.muted = true;
  }

  /** Cuts by itself when the server has sent so many bytes more. */
  cutAfter(bytes: number): void {
    this.left = bytes;
  }

  get isCut(): boolean {
    return !this.open;
  }

  close(): void {
    this.cut();
    this.listener.close();
  }

  private join(client: Socket): void {
    if (!this.open) return void client.destroy();
    let isMuted = false;
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    server.on("data", (bytes: Buffer) => {
      if (this.muted) isMuted = true;
      // What was muted once has a hole: nothing comes after it.
      if (isMuted) return;
      if (bytes.length < this.left) {
        this.left -= bytes.length;
        client.write(bytes);
        return;
      }
      // What is sent before the cut arrives; the rest does not.
      this.open = false;
      client.write(bytes.subarray(0, this.left), () => this.cut());
    });
  }
}
