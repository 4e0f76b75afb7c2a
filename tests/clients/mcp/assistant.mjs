// An MCP client as its library wants it: what it keeps of a sign-in, and the way of a person through it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Departure } from "../openid-client/walker.mjs";

export const CALLBACK = "http://127.0.0.1:33418/callback";

/** The OAuthClientProvider of one assistant at one server. */
class Memory {
  redirectUrl = CALLBACK;
  clientMetadata = {
    client_name: "Assistant",
    redirect_uris: [CALLBACK],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
  #state = randomUUID();

  constructor({ clientMetadataUrl, registered }) {
    this.clientMetadataUrl = clientMetadataUrl;
    this.registration = registered;
  }

  state = () => this.#state;
  clientInformation = () => this.registration;
  saveClientInformation = (registration) => void (this.registration = registration);
  tokens = () => this.kept;
  saveTokens = (tokens) => void (this.kept = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier) => void (this.verifier = verifier);
  invalidateCredentials = (which) => {
    if (which === "all" || which === "tokens") this.kept = undefined;
    if (which === "all" || which === "client") this.registration = undefined;
  };
  redirectToAuthorization = (url) => void (this.address = url);
}

export class Assistant {
  /** `clientMetadataUrl`: known by that document; `registered`: what the operator registered. Neither: it registers itself. */
  constructor(url, { clientMetadataUrl, registered } = {}) {
    this.url = new URL(url);
    this.memory = new Memory({ clientMetadataUrl, registered });
  }

  /** Connects without a person: only if it has tokens, or can refresh them. */
  async connect() {
    this.client = new Client({ name: "assistant", version: "1.0.0" });
    this.transport = new StreamableHTTPClientTransport(this.url, { authProvider: this.memory });
    await this.client.connect(this.transport);
  }

  /** Is sent away, lets the person allow it and connects. Returns the consent page that they saw. */
  async signIn(person) {
    await assert.rejects(this.connect(), UnauthorizedError);
    const page = await person.walker.open(this.memory.address);
    const end = await person.walker.submit(page, "#consent-allow");
    assert.ok(end instanceof Departure, `expected to be sent back to the client, got: ${end.text?.slice(0, 400)}`);
    const arrival = end.url.searchParams;
    assert.equal(arrival.get("state"), this.memory.state());
    assert.equal(arrival.get("iss"), person.origin);
    await this.transport.finishAuth(arrival.get("code"));
    await this.connect();
    return page;
  }

  async whoami() {
    const { content } = await this.client.callTool({ name: "whoami", arguments: {} });
    return JSON.parse(content[0].text);
  }

  close() {
    return this.client?.close();
  }
}
