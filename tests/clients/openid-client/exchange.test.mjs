// A service acts for somebody with a token that it was sent (token exchange, RFC 8693), as openid-client asks for it.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { before } from "node:test";
import { calculateJwkThumbprint, decodeJwt, exportJWK } from "jose";
import * as oidc from "openid-client";
import { refused, service } from "./everything/service.mjs";
import { Person } from "./person.mjs";
import { Shop } from "./shop.mjs";
import { signet } from "./signet.mjs";

const issuer = process.env.ISSUER;
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
// APIs and scopes of this run's own.
const word = randomBytes(4).toString("hex");
const [ORDERS, STOCK] = ["orders", "stock"].map((name) => `https://${name}.${word}.example.test`);
const scopes = { [ORDERS]: [`orders:${word}:read`, `orders:${word}:write`], [STOCK]: [`stock:${word}:read`] };
const all = Object.values(scopes).flat().join(" ");
let judy, portal, token;

before(async () => {
  for (const [uri, own] of Object.entries(scopes)) await signet("resource", "create", "--uri", uri, "--scope", own.join(" "));
  judy = await Person.signedIn(issuer, "Judy");
  portal = await Shop.open(issuer, { options: ["--first-party"], scope: `openid offline_access ${all}` });
  token = (await subject()).access_token;
});

/** What the portal has of Judy, for the API of orders. */
async function subject(parameters = {}) {
  const visit = await portal.visit({ resource: ORDERS, ...parameters });
  return portal.redeem(visit, await judy.arrive(visit.url));
}

/** A service that may act by these rules. */
async function acting(...rules) {
  const { config } = await service(issuer, {
    options: ["--grant", "token-exchange", ...rules.flatMap((rule) => ["--may-act", rule])],
    scope: all,
  });
  return config;
}

const exchange = (config, subject_token, parameters = {}, options = undefined) => {
  const request = { subject_token, subject_token_type: ACCESS_TOKEN, resource: ORDERS, ...parameters };
  return oidc.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:token-exchange", request, options);
};

const claims = async (tokens, audience = ORDERS) => (await portal.verified(tokens.access_token, { typ: "at+jwt", audience })).payload;
const id = (config) => config.clientMetadata().client_id;

test("delegation: whose token it is, and who acts with it", async () => {
  const gateway = await acting(`audience=${ORDERS},from=${ORDERS}`);
  const answer = await exchange(gateway, token);
  assert.deepEqual([answer.issued_token_type, answer.token_type, answer.refresh_token], [ACCESS_TOKEN, "bearer", undefined]);
  const said = await claims(answer);
  assert.deepEqual([said.sub, said.client_id, said.act], [judy.subject, id(gateway), { sub: id(gateway) }]);
  assert.ok(said.exp <= decodeJwt(token).exp);
  const worker = await acting(`audience=${ORDERS},from=${ORDERS},depth=2`);
  const second = await claims(await exchange(worker, answer.access_token));
  assert.deepEqual(second.act, { sub: id(worker), act: { sub: id(gateway) } });
  await assert.rejects(exchange(gateway, (await exchange(worker, token)).access_token), refused("invalid_request"), "too deep");
  assert.deepEqual((await oidc.tokenIntrospection(gateway, answer.access_token)).act, said.act);
});

test("impersonation: nobody new is named", async () => {
  const batch = await acting(`audience=${ORDERS},from=${ORDERS},mode=impersonation,depth=2`);
  const said = await claims(await exchange(batch, token));
  assert.deepEqual([said.sub, said.client_id, said.act], [judy.subject, id(batch), undefined]);
  // Whoever acted before stays named.
  const gateway = await acting(`audience=${ORDERS},from=${ORDERS}`);
  const delegated = await exchange(gateway, token);
  assert.deepEqual((await claims(await exchange(batch, delegated.access_token))).act, { sub: id(gateway) });
});

test("less than there was, never more", async () => {
  const [read, write] = scopes[ORDERS];
  const gateway = await acting(`audience=${ORDERS},audience=${STOCK},from=${ORDERS}`);
  assert.equal((await claims(await exchange(gateway, token, { scope: write }))).scope, write);
  const little = (await subject({ scope: `openid ${read}` })).access_token;
  assert.equal((await claims(await exchange(gateway, little))).scope, read);
  await assert.rejects(exchange(gateway, little, { scope: write }), refused("invalid_scope"));
  await assert.rejects(exchange(gateway, token, { resource: STOCK }), refused("invalid_target"), "it is not for that API");
  const capped = await acting(`audience=${ORDERS},from=${ORDERS},scope=${read}`);
  assert.equal((await claims(await exchange(capped, token))).scope, read);
  const adding = await acting(`audience=${STOCK},from=${ORDERS},adds=${scopes[STOCK][0]}`);
  assert.equal((await claims(await exchange(adding, token, { resource: STOCK }), STOCK)).scope, scopes[STOCK][0]);
});

test("who may not, and towards whom", async () => {
  const gateway = await acting(`audience=${ORDERS},from=${ORDERS}`);
  for (const audience of [STOCK, issuer, "https://nobody.example.test"])
    await assert.rejects(exchange(gateway, token, { resource: undefined, audience }), refused("invalid_target"), audience);
  const stranger = await acting(`audience=${ORDERS}`);
  await assert.rejects(exchange(stranger, token), refused("invalid_request"), "it was not sent this token");
  await assert.rejects(exchange((await service(issuer, { scope: all })).config, token), refused("unauthorized_client"));
  await assert.rejects(exchange(portal.config, token), refused("unauthorized_client"));
  for (const wrong of ["nonsense", `${token.slice(0, -8)}AAAAAAAA`])
    await assert.rejects(exchange(gateway, wrong), refused("invalid_request"));
});

test("a token that names who may act with it", async () => {
  const [gateway, worker] = [await acting(`audience=${ORDERS},from=${ORDERS}`), await acting(`audience=${ORDERS},from=${ORDERS}`)];
  const options = ["--first-party", "--delegate", id(gateway)];
  const naming = await Shop.open(issuer, { options, scope: `openid ${all}` });
  const visit = await naming.visit({ resource: ORDERS });
  const { access_token } = await naming.redeem(visit, await judy.arrive(visit.url));
  assert.deepEqual(decodeJwt(access_token).may_act, { sub: id(gateway) });
  await assert.rejects(exchange(worker, access_token), refused("invalid_request"));
  assert.equal((await claims(await exchange(gateway, access_token))).act.sub, id(gateway));
});

test("the new token is bound to the key of whoever acts", async () => {
  const gateway = await acting(`audience=${ORDERS},from=${ORDERS}`);
  const keys = await oidc.randomDPoPKeyPair("ES256");
  const answer = await exchange(gateway, token, {}, { DPoP: oidc.getDPoPHandle(gateway, keys) });
  assert.equal(answer.token_type, "dpop");
  assert.equal((await claims(answer)).cnf.jkt, await calculateJwkThumbprint(await exportJWK(keys.publicKey)));
});

test("it ends with the one that it came of", async () => {
  const gateway = await acting(`audience=${ORDERS},from=${ORDERS}`);
  const first = await subject();
  const { access_token } = await exchange(gateway, first.access_token);
  const alive = async () => (await oidc.tokenIntrospection(gateway, access_token)).active;
  assert.equal(await alive(), true);
  await oidc.tokenRevocation(portal.config, first.refresh_token);
  assert.equal(await alive(), false);
  await assert.rejects(exchange(gateway, first.access_token), refused("invalid_request"));
});
