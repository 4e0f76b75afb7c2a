// Tokens that are bound to a key (DPoP, RFC 9449), as openid-client makes the proofs. Where the provider asks for nonces, it finds out
// and goes on.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import { calculateJwkThumbprint, decodeJwt, exportJWK } from "jose";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";
import { Shop } from "./shop.mjs";
import { Departure } from "./walker.mjs";

const issuer = process.env.ISSUER;
const dora = await Person.signedIn(issuer, "Dora");

/** An app without a secret that holds a key; it pushes its requests with a proof, so that its codes are bound as well. */
async function open(alg = "ES256") {
  const options = ["--public", "--first-party", "--dpop-bound", "--require-par"];
  const shop = await Shop.open(issuer, { options, authentication: oidc.None });
  const keys = await oidc.randomDPoPKeyPair(alg);
  return { shop, keys, DPoP: oidc.getDPoPHandle(shop.config, keys) };
}

/** The way to a code, which comes back in this address. */
async function visit(shop, DPoP) {
  const { parameters, verifier, state, nonce } = await shop.asks();
  const url = await oidc.buildAuthorizationUrlWithPAR(shop.config, parameters, { DPoP });
  const end = await dora.walker.open(url);
  assert.ok(end instanceof Departure, `not sent back: ${end.text?.slice(0, 300)}`);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return (options) => oidc.authorizationCodeGrant(shop.config, new URL(end.url), checks, undefined, options);
}

const refused = (status, error) => (thrown) =>
  (thrown.status ?? thrown.response?.status ?? thrown.cause?.status) === status && (!error || JSON.stringify([thrown, thrown.cause]).includes(error));

test("DPoP", { timeout: 180_000 }, async (t) => {
  await t.test("the whole way with one key", async () => {
    const { shop, keys, DPoP } = await open();
    const tokens = await (await visit(shop, DPoP))({ DPoP });
    assert.equal(tokens.token_type, "dpop");
    assert.equal(decodeJwt(tokens.access_token).cnf.jkt, await calculateJwkThumbprint(await exportJWK(keys.publicKey)));
    const sub = tokens.claims().sub;
    assert.equal((await oidc.fetchUserInfo(shop.config, tokens.access_token, sub, { DPoP })).email, dora.email);
    const next = await oidc.refreshTokenGrant(shop.config, tokens.refresh_token, undefined, { DPoP });
    assert.equal((await oidc.fetchUserInfo(shop.config, next.access_token, sub, { DPoP })).sub, sub);
  });

  await t.test("another key, or none, comes to nothing", async () => {
    const { shop, DPoP } = await open();
    const other = { DPoP: oidc.getDPoPHandle(shop.config, await oidc.randomDPoPKeyPair()) };
    await assert.rejects((await visit(shop, DPoP))(other), refused(400, "invalid_grant"));
    await assert.rejects((await visit(shop, DPoP))({}), refused(400, "invalid_dpop_proof"));
    const tokens = await (await visit(shop, DPoP))({ DPoP });
    const sub = tokens.claims().sub;
    await assert.rejects(oidc.fetchUserInfo(shop.config, tokens.access_token, sub), refused(401));
    await assert.rejects(oidc.fetchUserInfo(shop.config, tokens.access_token, sub, other), refused(401));
    await assert.rejects(oidc.refreshTokenGrant(shop.config, tokens.refresh_token, undefined, other), refused(400, "invalid_grant"));
    await oidc.refreshTokenGrant(shop.config, tokens.refresh_token, undefined, { DPoP });
  });

  for (const alg of ["PS256", "RS256", "Ed25519"]) {
    await t.test(`a key for ${alg}`, async () => {
      const { shop, DPoP } = await open(alg);
      const tokens = await (await visit(shop, DPoP))({ DPoP });
      await oidc.fetchUserInfo(shop.config, tokens.access_token, tokens.claims().sub, { DPoP });
    });
  }
});
