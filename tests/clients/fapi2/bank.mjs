// An application that is held to FAPI 2.0, with its keys: registered by the command line, openid-client and oauth4webapi on top of it.
import { writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as jose from "jose";
import * as oidc from "openid-client";
import * as oauth from "oauth4webapi";
import { signet } from "../openid-client/signet.mjs";

export const issuer = process.env.ISSUER;
export const callback = "https://bank.example.test/cb";
export const SCOPE = "openid email offline_access";

const insecure = issuer.startsWith("http:");

/** A key, and its public half in a file for the command line. */
export async function keyFor(alg) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, alg, use: "sig" };
  const file = join(process.env.SIGNET_TEST_HOME, `${kid}.json`);
  writeFileSync(file, JSON.stringify({ keys: [jwk] }));
  return { key: privateKey, kid, alg, jwk, file };
}

export class Bank {
  /** One under a profile. `more`: further options of `signet client create`. */
  static async open(profile, { alg = "ES256", more = [] } = {}) {
    const key = await keyFor(alg);
    const client = await signet(
      ...["client", "create", "--name", "Bank", "--profile", profile, "--redirect-uri", callback],
      ...["--jwks", key.file, "--scope", SCOPE, "--first-party", ...more],
    );
    return Object.assign(new Bank(), { key, client, profile, signs: profile === "fapi2-message-signing" });
  }

  /** The application as openid-client knows it; `spoil` changes what its assertions say. */
  async openid({ spoil } = {}) {
    const own = { key: this.key.key, kid: this.key.kid };
    const authentication = oidc.PrivateKeyJwt(own, spoil && { [oidc.modifyAssertion]: spoil });
    const metadata = { id_token_signed_response_alg: "ES256", authorization_signed_response_alg: "ES256" };
    const execute = [oidc.enableNonRepudiationChecks, ...(insecure ? [oidc.allowInsecureRequests] : [])];
    const config = await oidc.discovery(new URL(issuer), this.client.client_id, metadata, authentication, { execute });
    if (this.signs) oidc.useJwtResponseMode(config);
    return config;
  }

  /** The same for oauth4webapi. */
  async plain() {
    const insecurely = { [oauth.allowInsecureRequests]: insecure };
    const response = await oauth.discoveryRequest(new URL(issuer), insecurely);
    const server = await oauth.processDiscoveryResponse(new URL(issuer), response);
    const client = {
      client_id: this.client.client_id,
      id_token_signed_response_alg: "ES256",
      authorization_signed_response_alg: "ES256",
    };
    const authentication = oauth.PrivateKeyJwt({ key: this.key.key, kid: this.key.kid });
    return { server, client, authentication, insecurely };
  }

  /** Claims of a good client assertion, changed. */
  claims(changes = {}) {
    const now = Math.floor(Date.now() / 1000);
    const id = this.client.client_id;
    return { iss: id, sub: id, aud: issuer, jti: randomUUID(), iat: now, exp: now + 60, ...changes };
  }

  /** A JWT by this application's key, or another's; under its algorithm, or another's name. */
  sign(claims, { key = this.key, alg = key.alg, typ } = {}) {
    return new jose.SignJWT(claims).setProtectedHeader({ alg, kid: key.kid, ...(typ && { typ }) }).sign(key.key);
  }

  /** Asks an endpoint with whatever is given; says what it answered. */
  async ask(path, parameters, { assertion, proof, headers = {} } = {}) {
    const body = new URLSearchParams(parameters);
    if (assertion !== null) {
      body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      body.set("client_assertion", assertion ?? (await this.sign(this.claims())));
    }
    const answer = await fetch(`${issuer}/oauth2/${path}`, { method: "POST", body, headers: { ...headers, ...(proof && { DPoP: proof }) } });
    const text = await answer.text();
    const json = answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, text, json, error: json?.error };
  }

  /** A proof by a key of the application's. */
  async proof(keys, path, changes = {}, header = {}) {
    const claims = { jti: randomUUID(), htm: "POST", htu: `${issuer}/oauth2/${path}`, iat: Math.floor(Date.now() / 1000), ...changes };
    const jwk = await jose.exportJWK(keys.publicKey);
    return new jose.SignJWT(claims).setProtectedHeader({ typ: "dpop+jwt", alg: keys.alg, jwk, ...header }).sign(keys.privateKey);
  }

  /** A good authorization request, changed; undefined leaves one out. */
  async request(changes = {}) {
    const verifier = oidc.randomPKCECodeVerifier();
    const request = {
      ...{ client_id: this.client.client_id, redirect_uri: callback, response_type: "code", scope: SCOPE },
      ...{ state: oidc.randomState(), nonce: oidc.randomNonce() },
      ...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
      ...(this.signs && { response_mode: "jwt" }),
      ...changes,
    };
    const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
    return { request: given, verifier };
  }

  /** What is pushed for a request: itself, or a signed object that holds it. */
  async pushable(request, changes = {}, how = {}) {
    if (!this.signs) return request;
    const now = Math.floor(Date.now() / 1000);
    const claims = { ...request, iss: this.client.client_id, aud: issuer, iat: now, nbf: now, exp: now + 300, ...changes };
    const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    return { client_id: this.client.client_id, request: await this.sign(given, { typ: "oauth-authz-req+jwt", ...how }) };
  }
}
