// A client that proves with its own key who it is (private_key_jwt), wherever it has to.
import assert from "node:assert/strict";
import test from "node:test";
import * as oauth from "oauth4webapi";
import { keyPair } from "../openid-client/everything/keys.mjs";
import { Person } from "../openid-client/person.mjs";
import { App, ISSUER, refused } from "./app.mjs";

/** An app that is registered with this pair's public half. `changed` changes its assertions. */
async function signing(pair, { alg = "ES256", changed } = {}) {
  const options = ["--auth-method", "private_key_jwt", "--jwks", pair.file, "--auth-signing-alg", alg];
  const app = await App.web({ options: [...options, "--grant", "client_credentials"], authentication: () => oauth.PrivateKeyJwt(pair.own) });
  return changed ? changing(app, pair, changed) : app;
}

/** The same app with changed assertions. */
function changing(app, pair, change) {
  return new App(app.client, oauth.PrivateKeyJwt(pair.own, { [oauth.modifyAssertion]: change }));
}

const ask = (app) => app.token(oauth.clientCredentialsGrantRequest, oauth.processClientCredentialsResponse, [{}]);
const disbelieved = (thrown) => thrown.status === 401;

for (const alg of ["ES256", "PS256", "RS256", "Ed25519"])
  test(`every endpoint believes an assertion signed by ${alg}`, async () => {
    const quinn = await Person.signedIn(ISSUER, "Quinn");
    const app = await signing(await keyPair(alg), { alg });
    const tokens = await app.tokensOf(quinn);
    const next = await app.refresh(tokens.refresh_token);
    assert.equal((await app.introspect(next.access_token)).active, true);
    await app.revoke(next.refresh_token);
    assert.equal((await app.introspect(next.access_token)).active, false);
  });

test("what is not believed", async () => {
  const pair = await keyPair("ES256");
  const app = await signing(pair);
  const now = Math.floor(Date.now() / 1000);
  const astray = {
    "for somebody else": (_, payload) => (payload.aud = "https://id.example.test"),
    "of another client": (_, payload) => (payload.sub = "somebody"),
    "issued by another client": (_, payload) => (payload.iss = "somebody"),
    "too old": (_, payload) => Object.assign(payload, { iat: now - 900, exp: now - 600 }),
    "without an end": (_, payload) => delete payload.exp,
    "without a name of its own": (_, payload) => delete payload.jti,
    "not yet": (_, payload) => (payload.nbf = now + 600),
  };
  for (const [name, change] of Object.entries(astray)) await assert.rejects(ask(changing(app, pair, change)), disbelieved, name);
  const stranger = { ...(await keyPair("ES256")).own, kid: pair.own.kid };
  await assert.rejects(ask(new App(app.client, oauth.PrivateKeyJwt(stranger))), disbelieved, "another key");
  await assert.rejects(ask(new App(app.client, oauth.ClientSecretBasic("secret"))), disbelieved, "another method");
  await assert.rejects(ask(new App(app.client, oauth.None())), disbelieved, "no method");
  await ask(app);
});

test("an assertion counts once, at all endpoints together", async () => {
  const pair = await keyPair("ES256");
  const app = await signing(pair, { changed: (_, payload) => (payload.jti = "the same each time") });
  await app.asks();
  await assert.rejects(ask(app), disbelieved);
  await assert.rejects(app.introspect("nonsense"), disbelieved);
  await assert.rejects(app.revoke("nonsense"), disbelieved);
});

test("an assertion is for this issuer, by its name or by an endpoint's address", async () => {
  const pair = await keyPair("ES256");
  const app = await signing(pair);
  for (const aud of [ISSUER, [ISSUER], app.as.token_endpoint]) await ask(changing(app, pair, (_, payload) => (payload.aud = aud)));
  const next = changing(app, pair, (_, payload) => (payload.aud = `${ISSUER}/`));
  await assert.rejects(ask(next), disbelieved);
  await assert.rejects(app.refresh("nonsense"), refused("invalid_grant"));
});
