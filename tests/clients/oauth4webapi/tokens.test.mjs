// Tokens where they are used and asked about: at an API, at introspection, at userinfo, and in the hands of a service that acts for
// somebody.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { before } from "node:test";
import * as oauth from "oauth4webapi";
import { Person } from "../openid-client/person.mjs";
import { signet } from "../openid-client/signet.mjs";
import { App, ISSUER, plain, refused } from "./app.mjs";

const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const word = randomBytes(4).toString("hex");
const API = `https://letters.${word}.example.test`;
const [READ, WRITE] = [`letters:${word}:read`, `letters:${word}:write`];
let paul;

before(async () => {
  await signet("resource", "create", "--uri", API, "--scope", `${READ} ${WRITE}`);
  paul = await Person.signedIn(ISSUER, "Paul");
});

const key = () => oauth.generateKeyPair("ES256");

/** An app, and what it has of Paul for the API. */
async function opened(more = {}) {
  const app = await App.web({ scope: `openid email offline_access ${READ} ${WRITE}`, ...more });
  return { app, tokens: await app.tokensOf(paul, { scope: `openid offline_access ${READ} ${WRITE}`, resource: API }) };
}

/** The request that an app makes of the API. */
async function requestOf(app, token) {
  let request;
  const keep = (url, options) => ((request = new Request(url, options)), new Response());
  const options = { DPoP: app.DPoP, [oauth.customFetch]: keep };
  await oauth.protectedResourceRequest(token, "GET", new URL(`${API}/all`), undefined, undefined, options);
  return request;
}

const believed = (app, request, audience = API) => oauth.validateJwtAccessToken(app.as, request, audience, plain);

test("an API believes a token by the published keys alone (RFC 9068)", async () => {
  const { app, tokens } = await opened();
  const request = await requestOf(app, tokens.access_token);
  const claims = await believed(app, request);
  assert.deepEqual([claims.sub, claims.client_id, claims.scope], [paul.subject, app.client.client_id, `${READ} ${WRITE}`]);
  await assert.rejects(believed(app, request, `${API}/other`), { code: oauth.JWT_CLAIM_COMPARISON }, "it is for this API alone");
  await assert.rejects(believed(app, await requestOf(app, tokens.id_token)), Error, "an ID token is no access token");
  await assert.rejects(app.userinfo(tokens.access_token, paul.subject), refused("invalid_token", 401), "nor for the provider");
});

test("an API believes a bound token from whoever holds the key (RFC 9449)", async () => {
  const { app, tokens } = await opened({ keys: await key() });
  assert.equal((await believed(app, await requestOf(app, tokens.access_token))).sub, paul.subject);
  for (const thief of [app.holding(undefined), app.holding(await key())])
    await assert.rejects(believed(app, await requestOf(thief, tokens.access_token)));
});

test("a refresh token is exchanged for the next, and an old one ends them all", async () => {
  const { app, tokens } = await opened();
  const narrow = await app.refresh(tokens.refresh_token, { scope: READ, resource: API });
  assert.equal((await believed(app, await requestOf(app, narrow.access_token))).scope, READ);
  const next = await app.refresh(narrow.refresh_token, { resource: API });
  assert.equal((await believed(app, await requestOf(app, next.access_token))).scope, `${READ} ${WRITE}`, "narrowing is for one token");
  await assert.rejects(app.refresh(next.refresh_token, { scope: "admin" }), refused("invalid_scope"));
  await assert.rejects(app.refresh(tokens.refresh_token), refused("invalid_grant"));
  await assert.rejects(app.refresh(next.refresh_token), refused("invalid_grant"), "somebody had the old one");
});

for (const alg of [undefined, "RS256", "ES256"])
  test(`introspection, ${alg ? `signed by ${alg} (RFC 9701)` : "in plain JSON"}`, async () => {
    const { app, tokens } = await opened({ keys: await key() });
    const options = ["--grant", "client_credentials", "--may-introspect", ...(alg ? ["--introspection-alg", alg] : [])];
    const gateway = await App.open({ name: "Gateway", options, metadata: alg ? { introspection_signed_response_alg: alg } : {} });
    const said = await gateway.introspect(tokens.access_token);
    assert.deepEqual([said.active, said.sub, said.aud, said.client_id], [true, paul.subject, API, app.client.client_id]);
    assert.ok(said.cnf.jkt);
    await app.revoke(tokens.access_token);
    assert.deepEqual(await gateway.introspect(tokens.access_token), { active: false });
    assert.deepEqual(await gateway.introspect("nonsense"), { active: false });
    const stranger = await App.open({ name: "Stranger", options: ["--grant", "client_credentials"] });
    assert.deepEqual(await stranger.introspect(tokens.refresh_token), { active: false });
    const poser = new App(gateway.client, oauth.ClientSecretBasic("wrong"));
    await assert.rejects(poser.introspect(tokens.access_token), (thrown) => thrown.status === 401);
  });

test("revocation: the owner's alone, and with all that came of it", async () => {
  const { app, tokens } = await opened();
  const other = await opened();
  await assert.rejects(other.app.revoke(tokens.refresh_token), refused("invalid_grant"));
  assert.equal((await app.introspect(tokens.refresh_token)).active, true);
  await app.revoke(tokens.refresh_token);
  for (const token of [tokens.access_token, tokens.refresh_token]) assert.deepEqual(await app.introspect(token), { active: false });
  await app.revoke("nonsense"); // 200, RFC 7009 §2.2
});

for (const alg of ["RS256", "ES256"])
  test(`userinfo signed by ${alg}`, async () => {
    const app = await App.web({ options: ["--userinfo-alg", alg], metadata: { userinfo_signed_response_alg: alg } });
    const tokens = await app.tokensOf(paul);
    assert.equal((await app.userinfo(tokens.access_token, paul.subject)).email, paul.email);
    const mistaken = { code: oauth.JSON_ATTRIBUTE_COMPARISON };
    await assert.rejects(app.userinfo(tokens.access_token, "somebody else"), mistaken);
    const unsigned = await App.web({ metadata: { userinfo_signed_response_alg: alg } });
    const { access_token } = await unsigned.tokensOf(paul);
    await assert.rejects(unsigned.userinfo(access_token, paul.subject), { code: oauth.JWT_USERINFO_EXPECTED });
  });

test("token exchange", async () => {
  const { tokens } = await opened();
  const acting = (rule) =>
    App.open({ name: "Gateway", options: ["--grant", "token-exchange", "--scope", `${READ} ${WRITE}`, "--may-act", rule] });
  const gateway = await acting(`audience=${API},from=${API},scope=${READ}`);
  const request = { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN, audience: API };
  const answer = await gateway.exchange(request);
  assert.equal(answer.issued_token_type, ACCESS_TOKEN);
  const claims = await believed(gateway, await requestOf(gateway, answer.access_token));
  assert.deepEqual([claims.sub, claims.scope, claims.act], [paul.subject, READ, { sub: gateway.client.client_id }]);
  await assert.rejects(gateway.exchange({ ...request, scope: WRITE }), refused("invalid_scope"));
  await assert.rejects(gateway.exchange({ ...request, audience: ISSUER }), refused("invalid_target"));
  await assert.rejects(gateway.exchange({ ...request, subject_token: tokens.id_token }), refused("invalid_request"));
  await assert.rejects((await acting(`audience=${API}`)).exchange(request), refused("invalid_request"), "it was not sent this token");
});

test("what is bound stays bound when it is exchanged", async () => {
  const { tokens } = await opened({ keys: await key() });
  const options = ["--grant", "token-exchange", "--scope", `${READ} ${WRITE}`, "--may-act", `audience=${API},from=${API}`];
  const gateway = await App.open({ name: "Gateway", options });
  const request = { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN, audience: API };
  await assert.rejects(gateway.exchange(request), refused("invalid_request"), "a bearer token of it would be worth stealing");
  gateway.hold(await key());
  const { access_token } = await gateway.exchange(request);
  assert.equal((await believed(gateway, await requestOf(gateway, access_token))).act.sub, gateway.client.client_id);
});
