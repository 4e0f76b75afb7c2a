// Certificates of clients (RFC 8705) as docs/guides/mtls.md has them: by Signet's own listener or, where NGINX says so, by a proxy.
// The guide's files are run as they stand there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import test, { before } from "node:test";
import { promisify } from "node:util";
import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import * as undici from "undici";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { signet } from "../signet.mjs";

const { ISSUER: issuer, MTLS_HOME: home, AUTHORITY: authority } = process.env;
const guides = path.join(import.meta.dirname, "../guides");
const run = promisify(execFile);
let service;

const pem = (name) => readFileSync(path.join(home, name));
const thumbprint = (name) => createHash("sha256").update(new X509Certificate(pem(name)).raw).digest("base64url");
const shell = async (file, ...words) => {
  const PATH = `${path.dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}`;
  // The guide's commands run beside the certificates; the service's own settings are those of this process.
  return (await run("bash", ["-euo", "pipefail", path.join(guides, file), ...words], { cwd: home, env: { ...process.env, PATH } })).stdout;
};
/** fetch with this certificate, or none. */
function fetchWith(name) {
  const own = name ? { cert: pem(`${name}.pem`), key: pem(`${name}.key`) } : {};
  const dispatcher = new undici.Agent({ connect: { ca: readFileSync(authority), ...own } });
  return (url, options) => undici.fetch(url, { ...options, dispatcher });
}
const discovered = (clientId, authentication, name) =>
  oidc.discovery(new URL(issuer), clientId, { use_mtls_endpoint_aliases: true }, authentication, { [oidc.customFetch]: fetchWith(name) });

before(async () => {
  service = JSON.parse(await shell("mtls.sh", "--json"));
});

test("the guide's service has a token by curl", async () => {
  const token = JSON.parse(await shell("mtls_curl.sh", service.client_id));
  assert.equal(token.token_type, "Bearer");
  const claims = decodeJwt(token.access_token);
  assert.equal(claims.aud, "https://orders.example.com");
  assert.deepEqual(claims.cnf, { "x5t#S256": thumbprint("report.pem") });
});

test("the guide's service has a token by openid-client", async () => {
  const words = [path.join(guides, "mtls.mjs"), issuer, service.client_id];
  const { stdout } = await run("node", words, { cwd: home, env: { ...process.env, NODE_EXTRA_CA_CERTS: authority } });
  const token = JSON.parse(stdout);
  assert.deepEqual(decodeJwt(token.access_token).cnf, { "x5t#S256": thumbprint("report.pem") });
});

test("discovery names where certificates are asked for", async () => {
  const config = await discovered(service.client_id, oidc.TlsClientAuth(), "report");
  const metadata = config.serverMetadata();
  assert.equal(metadata.mtls_endpoint_aliases.token_endpoint, `${process.env.SIGNET_MTLS__URL}/oauth2/token`);
  assert.equal(metadata.tls_client_certificate_bound_access_tokens, true);
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes("tls_client_auth"));
});

test("neither another certificate nor none does", async () => {
  for (const name of ["stranger", undefined]) {
    const config = await discovered(service.client_id, oidc.TlsClientAuth(), name);
    await assert.rejects(oidc.clientCredentialsGrant(config), (thrown) => thrown.status === 401);
  }
});

test("a certificate that the client made itself, and registered", async () => {
  const jwk = await (await import("jose")).exportJWK(new X509Certificate(pem("stranger.pem")).publicKey);
  jwk.x5c = [new X509Certificate(pem("stranger.pem")).raw.toString("base64")];
  const jwks = path.join(home, "stranger.jwks");
  (await import("node:fs")).writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
  const options = ["--auth-method", "self_signed_tls_client_auth", "--jwks", jwks, "--grant", "client_credentials", "--scope", "jobs:run"];
  const client = await signet("client", "create", "--name", "Stranger", ...options);
  const config = await discovered(client.client_id, oidc.TlsClientAuth(), "stranger");
  assert.ok((await oidc.clientCredentialsGrant(config)).access_token);
  const other = await discovered(client.client_id, oidc.TlsClientAuth(), "report");
  await assert.rejects(oidc.clientCredentialsGrant(other), (thrown) => thrown.status === 401);
});

test("a person's tokens are of use with the certificate alone", async () => {
  const alice = await Person.signedIn(issuer, "Alice");
  const options = ["--first-party", "--public", "--certificate-bound"];
  const shop = await Shop.open(issuer, { options, authentication: () => oidc.None(), metadata: { use_mtls_endpoint_aliases: true } });
  shop.config[oidc.customFetch] = fetchWith("stranger");
  const visit = await shop.visit();
  const tokens = await shop.redeem(visit, await alice.arrive(visit.url));
  assert.deepEqual(decodeJwt(tokens.access_token).cnf, { "x5t#S256": thumbprint("stranger.pem") });
  assert.equal((await shop.userinfo(tokens.access_token, alice.subject)).email, alice.email);
  shop.config[oidc.customFetch] = fetchWith("report");
  await assert.rejects(shop.userinfo(tokens.access_token, alice.subject), (thrown) => thrown.status === 401);
  await assert.rejects(shop.refresh(tokens.refresh_token), (thrown) => thrown.error === "invalid_grant");
  shop.config[oidc.customFetch] = fetchWith("stranger");
  const refreshed = await shop.refresh(tokens.refresh_token);
  assert.deepEqual(decodeJwt(refreshed.access_token).cnf, { "x5t#S256": thumbprint("stranger.pem") });
});
