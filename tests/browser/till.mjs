// A client that asks a person who is elsewhere (OpenID CIBA Core): registered by the command line, it asks and then collects.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

export class Till {
  static async register(issuer, name) {
    const till = new Till();
    const printed = execFileSync(process.env.SIGNET_TEST_BIN, ["client", "create", "--name", name, "--profile", "ciba", "--json"], {
      cwd: process.env.SIGNET_TEST_HOME,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 60_000,
    });
    const { client_id, client_secret } = JSON.parse(printed);
    till.authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
    till.metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    return till;
  }

  /** Asks the person of this address. */
  async ask(email, message) {
    const asked = { scope: "openid email", login_hint: email, ...(message && { binding_message: message }) };
    const { status, body } = await this.#post(this.metadata.backchannel_authentication_endpoint, asked);
    assert.equal(status, 200, JSON.stringify(body));
    this.id = body.auth_req_id;
  }

  /** What it is told about what it asked: tokens, or an error. */
  async collect() {
    const parameters = { grant_type: "urn:openid:params:grant-type:ciba", auth_req_id: this.id };
    return (await this.#post(this.metadata.token_endpoint, parameters)).body;
  }

  async #post(url, parameters) {
    const headers = { Authorization: this.authorization };
    const answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(parameters) });
    return { status: answer.status, body: await answer.json() };
  }
}
