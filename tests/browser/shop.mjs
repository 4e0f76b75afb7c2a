// A small third-party app with a web server of its own, on another site than Signet: it sends people there and redeems their codes.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const word = (bytes = 32) => randomBytes(bytes).toString("base64url");
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export class Shop {
  #visits = new Map();

  /** Starts the app on a free port and registers it at Signet by the command line. */
  static async open(issuer) {
    const shop = new Shop();
    shop.issuer = issuer;
    shop.server = createServer((request, answer) => shop.#answer(request, answer));
    await new Promise((done) => shop.server.listen(0, "127.0.0.1", done));
    shop.origin = `http://127.0.0.1:${shop.server.address().port}`;
    const printed = execFileSync(
      process.env.SIGNET_TEST_BIN,
      [
        ...["client", "create", "--name", "Shop", "--redirect-uri", `${shop.origin}/cb`],
        ...["--post-logout-redirect-uri", `${shop.origin}/bye`, "--scope", "openid profile email", "--json"],
      ],
      { cwd: process.env.SIGNET_TEST_HOME, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 60_000 },
    );
    const client = JSON.parse(printed);
    shop.clientId = client.client_id;
    shop.basic = Buffer.from(`${encodeURIComponent(client.client_id)}:${encodeURIComponent(client.client_secret)}`).toString("base64");
    shop.metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    return shop;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The app's page with the "Sign in" link, for these additional authorization parameters. */
  start(parameters = {}) {
    return `${this.origin}/?${new URLSearchParams(parameters)}`;
  }

  #authorization(parameters) {
    const [state, verifier] = [word(), word()];
    this.#visits.set(state, verifier);
    return `${this.metadata.authorization_endpoint}?${new URLSearchParams({
      ...{ response_type: "code", client_id: this.clientId, redirect_uri: `${this.origin}/cb`, scope: "openid profile email", state },
      ...{ code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" },
      ...Object.fromEntries(parameters),
    })}`;
  }

  async #answer(request, answer) {
    const url = new URL(request.url, this.origin);
    let words;
    try {
      if (url.pathname === "/") words = `<a id="start" href="${escape(this.#authorization(url.searchParams))}">Sign in</a>`;
      else if (url.pathname === "/cb") words = escape(await this.#callback(request, url));
      else if (url.pathname === "/bye") words = "Good bye";
    } catch (error) {
      words = `Failed: ${escape(error.message)}`;
    }
    answer.writeHead(words ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
    answer.end(`<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><p id="shop">${words ?? "Nothing here"}</p>`);
  }

  async #callback(request, url) {
    let parameters = url.searchParams;
    if (request.method === "POST") {
      request.setEncoding("utf8");
      parameters = new URLSearchParams((await request.toArray()).join(""));
    }
    const verifier = this.#visits.get(parameters.get("state"));
    if (!verifier) throw new Error("unknown state");
    this.#visits.delete(parameters.get("state"));
    if (parameters.get("iss") !== this.issuer) throw new Error(`iss is ${parameters.get("iss")}`);
    if (parameters.has("error")) return `Refused: ${parameters.get("error")}`;
    const tokens = await this.#json(this.metadata.token_endpoint, {
      method: "POST",
      headers: { Authorization: `Basic ${this.basic}` },
      body: new URLSearchParams({
        ...{ grant_type: "authorization_code", code: parameters.get("code"), redirect_uri: `${this.origin}/cb`, code_verifier: verifier },
      }),
    });
    const person = await this.#json(this.metadata.userinfo_endpoint, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
    return `${request.method} Hello ${person.name} <${person.email}>`;
  }

  async #json(url, request) {
    const answer = await fetch(url, request);
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${answer.status} ${body.error}: ${body.error_description}`);
    return body;
  }
}
