// Every way in which a client proves who it is (OpenID Connect Core §9).
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { ALGORITHMS, keyPair } from "./keys.mjs";
import { disbelieved, service, token } from "./service.mjs";
import { Site } from "./site.mjs";

const issuer = process.env.ISSUER;
let site, alice;

before(async () => {
  site = await Site.open();
  alice = await Person.signedIn(issuer, "Alice");
});
after(() => site?.close());

for (const [method, authentication] of [
  ["client_secret_basic", oidc.ClientSecretBasic],
  ["client_secret_post", oidc.ClientSecretPost],
  ["client_secret_jwt", oidc.ClientSecretJwt],
])
  test(`${method} with the right secret only`, async () => {
    const options = ["--auth-method", method];
    const { config } = await service(issuer, { options, authentication });
    assert.ok(await token(config));
    const wrong = await service(issuer, { options, authentication: (secret) => authentication(`${secret}x`) });
    await assert.rejects(token(wrong.config), disbelieved);
  });

for (const alg of ALGORITHMS)
  test(`private_key_jwt by ${alg} with the registered key only`, async () => {
    const pair = await keyPair(alg);
    const options = ["--auth-method", "private_key_jwt", "--jwks", pair.file, "--auth-signing-alg", alg];
    const { config } = await service(issuer, { options, authentication: () => oidc.PrivateKeyJwt(pair.own) });
    assert.ok(await token(config));
    const stranger = { ...(await keyPair(alg)).own, kid: pair.own.kid };
    const wrong = await service(issuer, { options, authentication: () => oidc.PrivateKeyJwt(stranger) });
    await assert.rejects(token(wrong.config), disbelieved);
  });

test("private_key_jwt with keys from a jwks_uri under the installation's own authority, exchanged while in use", async () => {
  const [first, second] = [await keyPair("ES256"), await keyPair("PS256")];
  const options = ["--auth-method", "private_key_jwt", "--jwks-uri", site.serve("/jwks.json", first.jwks)];
  const { client, config } = await service(issuer, { options, authentication: () => oidc.PrivateKeyJwt(first.own) });
  assert.ok(await token(config));
  assert.ok(await token(config));
  assert.equal(site.asked("/jwks.json"), 1, "a copy is kept");
  site.serve("/jwks.json", { keys: [...first.jwks.keys, ...second.jwks.keys] });
  await pause(1000); // so long after a fetch no other one follows
  const later = new oidc.Configuration(config.serverMetadata(), client.client_id, undefined, oidc.PrivateKeyJwt(second.own));
  assert.ok(await token(later));
  assert.equal(site.asked("/jwks.json"), 2, "fetched anew for the unknown key");
});

test("an assertion is believed once", async () => {
  const pair = await keyPair("ES256");
  const fixed = { [oidc.modifyAssertion]: (_, payload) => (payload.jti = "the same each time") };
  const options = ["--auth-method", "private_key_jwt", "--jwks", pair.file];
  const { config } = await service(issuer, { options, authentication: () => oidc.PrivateKeyJwt(pair.own, fixed) });
  assert.ok(await token(config));
  await assert.rejects(token(config), disbelieved);
});

test("an assertion for somebody else is not believed", async () => {
  const pair = await keyPair("ES256");
  const astray = { [oidc.modifyAssertion]: (_, payload) => (payload.aud = "https://id.example.test") };
  const options = ["--auth-method", "private_key_jwt", "--jwks", pair.file];
  const { config } = await service(issuer, { options, authentication: () => oidc.PrivateKeyJwt(pair.own, astray) });
  await assert.rejects(token(config), disbelieved);
});

test("a registered method is the only one", async () => {
  const { config } = await service(issuer, { authentication: oidc.ClientSecretPost });
  await assert.rejects(token(config), disbelieved);
});

test("code and refresh token of a client with a key", async () => {
  const pair = await keyPair("ES256");
  const shop = await Shop.open(issuer, {
    options: ["--first-party", "--auth-method", "private_key_jwt", "--jwks", pair.file],
    authentication: () => oidc.PrivateKeyJwt(pair.own),
  });
  const visit = await shop.visit();
  const tokens = await shop.redeem(visit, await alice.arrive(visit.url));
  assert.equal(tokens.claims().sub, alice.subject);
  const refreshed = await shop.refresh(tokens.refresh_token);
  assert.equal((await shop.userinfo(refreshed.access_token, alice.subject)).email, alice.email);
});
