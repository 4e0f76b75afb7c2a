// FAPI 2.0 by certificates (Security Profile §5.3.2.1): the client is known by one and its tokens are bound to it, with openid-client,
// by Signet's own listener or, where NGINX says so, by a proxy. What the profile forbids is tried beside it.
// Needs ISSUER, MTLS_HOME and AUTHORITY: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import test, { before } from "node:test";
import { decodeJwt, generateKeyPair } from "jose";
import * as oidc from "openid-client";
import * as undici from "undici";
import { Person } from "../person.mjs";
import { signet } from "../signet.mjs";

const { ISSUER: issuer, MTLS_HOME: home, AUTHORITY: authority } = process.env;
const callback = "https://bank.example.test/cb";
const scope = "openid email offline_access";
let gina, client;

const pem = (name) => readFileSync(path.join(home, name));

/** The application with this certificate, or none; proving who it is by the certificate unless it tries something else. */
async function bank(name, authentication = oidc.TlsClientAuth()) {
  const own = name ? { cert: pem(`${name}.pem`), key: pem(`${name}.key`) } : {};
  const dispatcher = new undici.Agent({ connect: { ca: readFileSync(authority), ...own } });
  const metadata = { use_mtls_endpoint_aliases: true, id_token_signed_response_alg: "ES256" };
  const customFetch = (url, options) => undici.fetch(url, { ...options, dispatcher });
  const config = await oidc.discovery(new URL(issuer), client.client_id, metadata, authentication, { [oidc.customFetch]: customFetch });
  oidc.enableNonRepudiationChecks(config);
  return config;
}

async function asks() {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const challenge = { code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { parameters: { redirect_uri: callback, scope, state, nonce, ...challenge }, checks };
}

/** The way to an answer; it is redeemed by whoever has it. */
async function visit(config) {
  const { parameters, checks } = await asks();
  const arrival = await gina.arrive(await oidc.buildAuthorizationUrlWithPAR(config, parameters));
  assert.equal(arrival.searchParams.get("iss"), issuer);
  return (by) => oidc.authorizationCodeGrant(by, arrival, checks);
}

/** 401: by the challenge, which is what openid-client reads of such an answer. */
const refused = (thrown) => {
  assert.equal(thrown.status ?? thrown.cause?.status ?? thrown.response?.status, 401, String(thrown.cause ?? thrown));
  return true;
};

before(async () => {
  gina = await Person.signedIn(issuer, "Gina");
  const named = ["x509", "-in", path.join(home, "report.pem"), "-noout", "-subject", "-nameopt", "RFC2253"];
  const subject = execFileSync("openssl", named, { encoding: "utf8" }).trim().replace(/^subject=/, "");
  const options = ["--auth-method", "tls_client_auth", "--tls-client-auth-subject-dn", subject, "--certificate-bound", "--first-party"];
  client = await signet("client", "create", "--name", "Bank", "--profile", "fapi2", "--redirect-uri", callback, "--scope", scope, ...options);
});

test("the whole way with a certificate", async () => {
  const config = await bank("report");
  const tokens = await (await visit(config))(config);
  const thumbprint = createHash("sha256").update(new X509Certificate(pem("report.pem")).raw).digest("base64url");
  assert.deepEqual(decodeJwt(tokens.access_token).cnf, { "x5t#S256": thumbprint });
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, gina.subject)).email, gina.email);
  // Refresh tokens are not rotated (§5.3.2.1, 9).
  for (let turn = 0; turn < 2; turn++) {
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.deepEqual(decodeJwt(next.access_token).cnf, { "x5t#S256": thumbprint });
    assert.ok([undefined, tokens.refresh_token].includes(next.refresh_token));
  }
});

test("without the certificate nothing of it is of use", async () => {
  const config = await bank("report");
  for (const name of ["stranger", undefined]) {
    const other = await bank(name);
    await assert.rejects(visit(other), refused);
    await assert.rejects((await visit(config))(other), refused);
    const tokens = await (await visit(config))(config);
    await assert.rejects(oidc.fetchUserInfo(other, tokens.access_token, gina.subject), refused);
    await assert.rejects(oidc.refreshTokenGrant(other, tokens.refresh_token), refused);
    assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, gina.subject)).sub, gina.subject);
  }
});

test("it proves who it is in no other way, and pushes what it asks for", async () => {
  const { privateKey } = await generateKeyPair("ES256");
  for (const authentication of [oidc.PrivateKeyJwt(privateKey), oidc.ClientSecretBasic("x".repeat(40)), oidc.ClientSecretPost("x".repeat(40))]) {
    await assert.rejects(visit(await bank("report", authentication)), refused);
  }
  const { parameters } = await asks();
  const arrival = await gina.arrive(oidc.buildAuthorizationUrl(await bank("report"), parameters));
  assert.equal(arrival.searchParams.get("error"), "invalid_request");
});

test("registrations that fall short", async () => {
  const create = ["client", "create", "--name", "Bank", "--profile", "fapi2", "--redirect-uri", callback];
  await assert.rejects(signet(...create, "--auth-method", "tls_client_auth"), (thrown) => thrown.code === 1);
  await assert.rejects(signet(...create, "--auth-method", "self_signed_tls_client_auth"), (thrown) => thrown.code === 1);
});
