// A small third-party app with a web server of its own, on another site than Signet: it sends people there and redeems their codes.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";

const word = (bytes = 32) => randomBytes(bytes).toString("base64url");
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** What the tests' own authority vouches for. */
const certificate = () => ({ cert: readFileSync(process.env.CERTIFICATE), key: readFileSync(process.env.CERTIFICATE_KEY) });

export class Shop {
  #visits = new Map();
  /** The sign-outs that the app heard of through the browser (OpenID Connect Front-Channel Logout 1.0 §2): `iss` and `sid`. */
  heard = [];

  /** Starts the app on a free port and registers it at Signet by the command line; with https where Signet has it. */
  static async open(issuer, { options = () => [], host = "127.0.0.1" } = {}) {
    const shop = new Shop();
    shop.issuer = issuer;
    const answer = (request, answer) => shop.#answer(request, answer);
    const secure = issuer.startsWith("https:");
    shop.server = secure ? createSecureServer(certificate(), answer) : createServer(answer);
    await new Promise((done) => shop.server.listen(0, "127.0.0.1", done));
    shop.origin = `${secure ? "https" : "http"}://${host}:${shop.server.address().port}`;
    const printed = execFileSync(
      process.env.SIGNET_TEST_BIN,
      [
        ...["client", "create", "--name", "Shop", "--redirect-uri", `${shop.origin}/cb`],
        ...["--post-logout-redirect-uri", `${shop.origin}/bye`, "--scope", "openid profile email", "--json"],
        ...options(shop.origin),
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

  /** A page that can ask Signet's frame whether the session changed (OpenID Connect Session Management 1.0 §3.1). */
  #watches() {
    const known = `${this.clientId} ${this.sessionState}`;
    return `Watching<iframe id="op" src="${escape(this.metadata.check_session_iframe)}" hidden></iframe>
      <script>
        const op = document.getElementById("op");
        const ready = new Promise((done) => op.addEventListener("load", done));
        async function ask(message = ${JSON.stringify(known)}) {
          await ready;
          return new Promise((answer) => {
            addEventListener("message", (event) => event.source === op.contentWindow && answer(event.data), { once: true });
            op.contentWindow.postMessage(message, ${JSON.stringify(new URL(this.metadata.check_session_iframe).origin)});
          });
        }
      </script>`;
  }

  #hears(parameters) {
    this.heard.push(Object.fromEntries(parameters));
    return "Signed out here too";
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
      else if (url.pathname === "/session") words = this.#watches();
      else if (url.pathname === "/front") words = this.#hears(url.searchParams);
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
    this.sessionState = parameters.get("session_state");
    const tokens = await this.#json(this.metadata.token_endpoint, {
      method: "POST",
      headers: { Authorization: `Basic ${this.basic}` },
      body: new URLSearchParams({
        ...{ grant_type: "authorization_code", code: parameters.get("code"), redirect_uri: `${this.origin}/cb`, code_verifier: verifier },
      }),
    });
    this.sid = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url")).sid;
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
