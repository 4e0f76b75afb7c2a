// A device that cannot show pages (RFC 8628): registered by the command line, it asks for a code and then for its tokens.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

export class Device {
  static async register(issuer) {
    const device = new Device();
    const printed = execFileSync(
      process.env.SIGNET_TEST_BIN,
      ["client", "create", "--name", "Living room TV", "--profile", "device", "--json"],
      { cwd: process.env.SIGNET_TEST_HOME, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 60_000 },
    );
    device.clientId = JSON.parse(printed).client_id;
    device.metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    return device;
  }

  /** Asks to be signed in: user_code, verification_uri, verification_uri_complete. */
  async begin() {
    const { status, body } = await this.#post(this.metadata.device_authorization_endpoint, { scope: "openid email offline_access" });
    assert.equal(status, 200, JSON.stringify(body));
    this.code = body.device_code;
    return body;
  }

  /** What it is told about its code: tokens, or an error. */
  async poll() {
    const parameters = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: this.code };
    return (await this.#post(this.metadata.token_endpoint, parameters)).body;
  }

  async #post(url, parameters) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) TV" },
      body: new URLSearchParams({ client_id: this.clientId, ...parameters }),
    });
    return { status: answer.status, body: await answer.json() };
  }
}
