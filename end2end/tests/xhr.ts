import { type ClientRequest, request } from "node:http";

/** As much of a browser's XMLHttpRequest as sse.js needs: Node has none. */
export class XMLHttpRequest extends EventTarget {
  static readonly HEADERS_RECEIVED = 2;
  readyState = 0;
  status = 0;
  responseText = "";
  withCredentials = false;
  private method = "";
  private url = "";
  private readonly headers: Record<string, string> = {};
  private rawHeaders: string[] = [];
  private sent: ClientRequest | null = null;

  open(method: string, url: string): void {
    [this.method, this.url] = [method, url];
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  getAllResponseHeaders(): string {
    const pairs = this.rawHeaders.map((text, index) => text + (index % 2 ? "\r\n" : ": "));
    return pairs.join("");
  }

  send(body: string): void {
    const failed = () => this.dispatchEvent(new Event("error"));
    this.sent = request(this.url, { method: this.method, headers: this.headers, agent: false }, (response) => {
      this.status = response.statusCode ?? 0;
      this.rawHeaders = response.rawHeaders;
      this.readyState = XMLHttpRequest.HEADERS_RECEIVED;
      this.dispatchEvent(new Event("readystatechange"));
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        this.responseText += text;
        this.dispatchEvent(new Event("progress"));
      });
      response.on("end", () => this.dispatchEvent(new Event("load")));
      response.on("error", failed);
    });
    this.sent.on("error", failed);
    this.sent.end(body);
  }

  abort(): void {
    this.sent?.removeAllListeners("error").on("error", () => {});
    this.sent?.destroy();
    this.dispatchEvent(new Event("abort"));
  }
}
