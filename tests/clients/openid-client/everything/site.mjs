// A web server of an application: https under the tests' own authority. It serves documents and keeps what is posted to it.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

export class Site {
  #documents = new Map();
  #posted = new Map();
  #asked = new Map();

  static async open() {
    const site = new Site();
    const tls = { cert: readFileSync(process.env.CERTIFICATE), key: readFileSync(process.env.CERTIFICATE_KEY) };
    site.server = createServer(tls, (request, answer) => site.#answer(request, answer));
    await new Promise((done) => site.server.listen(0, "127.0.0.1", done));
    site.origin = `https://localhost:${site.server.address().port}`;
    return site;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Serves a document at this path from now on; returns its address. */
  serve(path, document, type = "application/json") {
    this.#documents.set(path, { body: typeof document === "string" ? document : JSON.stringify(document), type });
    return `${this.origin}${path}`;
  }

  /** How often a path was asked for. */
  asked(path) {
    return this.#asked.get(path) ?? 0;
  }

  /** The next form that is posted to this path, or was and nobody has looked at yet; with its `headers`, and its `body` as it came. */
  async posted(path, seconds = 30) {
    const queue = this.#queue(path);
    if (queue.waiting.length > 0) return queue.waiting.shift();
    return new Promise((take, fail) => {
      const timer = setTimeout(() => fail(new Error(`nothing was posted to ${path} within ${seconds} s`)), seconds * 1000);
      queue.takers.push((form) => {
        clearTimeout(timer);
        take(form);
      });
    });
  }

  #queue(path) {
    if (!this.#posted.has(path)) this.#posted.set(path, { waiting: [], takers: [] });
    return this.#posted.get(path);
  }

  async #answer(request, answer) {
    const { pathname } = new URL(request.url, this.origin);
    this.#asked.set(pathname, this.asked(pathname) + 1);
    if (request.method === "POST") {
      request.setEncoding("utf8");
      const body = (await request.toArray()).join("");
      const form = Object.assign(new URLSearchParams(body), { body, headers: request.headers });
      const queue = this.#queue(pathname);
      const taker = queue.takers.shift();
      if (taker) taker(form);
      else queue.waiting.push(form);
      answer.writeHead(200, { "Cache-Control": "no-store" }).end();
      return;
    }
    const document = this.#documents.get(pathname);
    if (document) answer.writeHead(200, { "Content-Type": document.type }).end(document.body);
    else answer.writeHead(404).end();
  }
}
