// Answers that nobody can change or read on their way: authorization responses as a JWT (JARM), and everything encrypted for the app.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import * as jose from "jose";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";
import { signet } from "./signet.mjs";
import { Departure } from "./walker.mjs";

const issuer = process.env.ISSUER;
const callback = "http://127.0.0.1:9602/cb";
const bob = new Person(issuer, "Bob");

/** A key pair of the app for one JWE algorithm, and a file with its public half. */
async function readerOf(alg) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const kid = `enc-${alg}`;
  const file = join(process.env.SIGNET_TEST_HOME, `${kid.replace(/\W/g, "")}.json`);
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await jose.exportJWK(publicKey)), kid, alg, use: "enc" }] }));
  return { file, key: { key: privateKey, alg, kid } };
}

/** The app, registered with these options and knowing this of itself. */
async function register(options, metadata = {}) {
  const client = await signet(
    ...["client", "create", "--name", "Vault", "--redirect-uri", callback, "--first-party", "--scope", "openid email", ...options],
  );
  const authentication = oidc.ClientSecretBasic(client.client_secret);
  return oidc.discovery(new URL(issuer), client.client_id, metadata, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
}

/** Sends the person off and takes what comes back. */
async function visit(config, parameters = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    ...{ redirect_uri: callback, scope: "openid email", state, nonce },
    ...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
    ...parameters,
  });
  const page = await bob.walker.open(url);
  const end = page instanceof Departure ? page : await bob.signIn(page);
  assert.ok(end instanceof Departure, `not sent back: ${end.text?.slice(0, 300)}`);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { arrival: end.url, redeem: (at = end.url) => oidc.authorizationCodeGrant(config, at, checks) };
}

test("JARM and encryption", { timeout: 120_000 }, async (t) => {
  await bob.register();
  await bob.verify();

  await t.test("a signed response comes to tokens", async () => {
    const config = await register(["--authorization-alg", "ES256"], { authorization_signed_response_alg: "ES256" });
    oidc.useJwtResponseMode(config);
    const { arrival, redeem } = await visit(config);
    assert.deepEqual([...arrival.searchParams.keys()], ["response"]);
    const tokens = await redeem();
    assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, bob.email);
  });

  await t.test("a response that somebody changed is refused", async () => {
    const config = await register([]);
    oidc.useJwtResponseMode(config);
    const { arrival, redeem } = await visit(config);
    const [header, payload, signature] = arrival.searchParams.get("response").split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    const evil = Buffer.from(JSON.stringify({ ...claims, code: "stolen" })).toString("base64url");
    const changed = new URL(callback);
    changed.searchParams.set("response", [header, evil, signature].join("."));
    await assert.rejects(redeem(changed), (thrown) => /signature/i.test(thrown.cause?.message ?? ""));
    await redeem();
  });

  await t.test("a refusal is signed too", async () => {
    const config = await register([]);
    oidc.useJwtResponseMode(config);
    const { redeem } = await visit(config, { max_age: "nonsense" });
    await assert.rejects(redeem(), (thrown) => thrown.error === "invalid_request");
  });

  for (const alg of ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]) {
    for (const enc of ["A128CBC-HS256", "A256GCM"]) {
      await t.test(`everything encrypted with ${alg} and ${enc}`, async () => {
        const { file, key } = await readerOf(alg);
        const wanted = ["id-token", "userinfo", "authorization"].flatMap((what) => [`--${what}-encryption`, `${alg}:${enc}`]);
        const config = await register(["--jwks", file, "--userinfo-alg", "RS256", ...wanted], {
          userinfo_signed_response_alg: "RS256",
        });
        oidc.useJwtResponseMode(config);
        oidc.enableDecryptingResponses(config, [enc], key);
        const { arrival, redeem } = await visit(config);
        const response = arrival.searchParams.get("response");
        const header = jose.decodeProtectedHeader(response);
        assert.deepEqual([header.alg, header.enc, header.cty, header.kid], [alg, enc, "JWT", key.kid]);
        const tokens = await redeem();
        assert.equal(tokens.id_token.split(".").length, 5);
        assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, bob.email);
      });
    }
  }

  await t.test("a request that only Signet can read", async () => {
    const { keys } = await (await fetch(`${issuer}/oauth2/jwks`)).json();
    const signing = await jose.generateKeyPair("PS256", { extractable: true });
    const file = join(process.env.SIGNET_TEST_HOME, "signing.json");
    writeFileSync(file, JSON.stringify({ keys: [{ ...(await jose.exportJWK(signing.publicKey)), kid: "s", alg: "PS256", use: "sig" }] }));
    const config = await register(["--jwks", file, "--require-signed-request", "--request-object-encryption", "ECDH-ES"]);
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const parameters = {
      ...{ redirect_uri: callback, scope: "openid email", response_type: "code", state, nonce },
      ...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
    };
    for (const [kty, alg] of [["RSA", "RSA-OAEP-256"], ["EC", "ECDH-ES+A256KW"]]) {
      const published = keys.find((key) => key.use === "enc" && key.kty === kty);
      const key = await jose.importJWK(published, alg);
      const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key: signing.privateKey, kid: "s" });
      const signed = new TextEncoder().encode(url.searchParams.get("request"));
      const header = { alg, enc: "A256GCM", cty: "JWT", kid: published.kid };
      url.searchParams.set("request", await new jose.CompactEncrypt(signed).setProtectedHeader(header).encrypt(key));
      const end = await bob.arrive(url);
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      assert.equal((await oidc.authorizationCodeGrant(config, end, checks)).claims().aud, config.clientMetadata().client_id);
    }
  });
});
