// Authorization requests that are pushed or signed, and answers that come another way than by a code in the query.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { signet } from "../signet.mjs";
import { Page } from "../walker.mjs";
import { ALGORITHMS, keyPair } from "./keys.mjs";
import { refused } from "./service.mjs";
import { Site } from "./site.mjs";

const issuer = process.env.ISSUER;
let site, alice;

before(async () => {
  site = await Site.open();
  alice = await Person.signedIn(issuer, "Alice");
});
after(() => site?.close());

const open = (options = [], more = {}) => Shop.open(issuer, { options: ["--first-party", ...options], ...more });

/** Where the person ends, as the app receives it. */
async function arrive(url) {
  const end = await alice.walker.open(url);
  if (!(end instanceof Page)) return end.arrival;
  return (await alice.walker.submit(end, "form button")).arrival;
}

test("a pushed request is answered once", async () => {
  const shop = await open(["--require-par"]);
  const asked = await shop.asks({});
  const url = await oidc.buildAuthorizationUrlWithPAR(shop.config, asked.parameters);
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const tokens = await shop.redeem(asked, await arrive(url));
  assert.equal(tokens.claims().sub, alice.subject);
  const again = await alice.walker.open(url);
  assert.ok(again instanceof Page && again.status === 400, "the request_uri is spent");
  const plain = await alice.arrive((await shop.visit()).url);
  assert.equal(plain.searchParams.get("error"), "invalid_request", "it has to push its requests");
});

test("a request that cannot be is refused when it is pushed", async () => {
  const shop = await open();
  const asked = await shop.asks({ redirect_uri: "http://127.0.0.1:9601/elsewhere" });
  await assert.rejects(oidc.buildAuthorizationUrlWithPAR(shop.config, asked.parameters), refused("invalid_request"));
});

for (const alg of ALGORITHMS)
  test(`a request object signed by ${alg}`, async () => {
    const pair = await keyPair(alg);
    const shop = await open(["--jwks", pair.file, "--request-object-alg", alg, "--require-signed-request"]);
    const asked = await shop.asks({});
    const url = await oidc.buildAuthorizationUrlWithJAR(shop.config, asked.parameters, pair.own);
    assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request"]);
    assert.equal((await shop.redeem(asked, await arrive(url))).claims().sub, alice.subject);
    const stranger = { ...(await keyPair(alg)).own, kid: pair.own.kid };
    const forged = await alice.walker.open(await oidc.buildAuthorizationUrlWithJAR(shop.config, asked.parameters, stranger));
    assert.ok(forged instanceof Page && forged.status === 400, "nothing in it is believed, not even where to answer");
    const plain = await alice.arrive((await shop.visit()).url);
    assert.match(plain.searchParams.get("error"), /^invalid_request/, "it has to sign its requests");
  });

test("a signed request that is pushed", async () => {
  const pair = await keyPair("PS256");
  const shop = await open(["--jwks", pair.file, "--require-par", "--require-signed-request"]);
  const asked = await shop.asks({});
  const { searchParams } = await oidc.buildAuthorizationUrlWithJAR(shop.config, asked.parameters, pair.own);
  const url = await oidc.buildAuthorizationUrlWithPAR(shop.config, searchParams);
  assert.equal((await shop.redeem(asked, await arrive(url))).claims().sub, alice.subject);
});

test("a request object is fetched from a registered address", async () => {
  const pair = await keyPair("ES256");
  const shop = await open(["--jwks", pair.file, "--request-uri", `${site.origin}/request.jwt`]);
  const asked = await shop.asks({});
  const signed = await oidc.buildAuthorizationUrlWithJAR(shop.config, asked.parameters, pair.own);
  const request_uri = site.serve("/request.jwt", signed.searchParams.get("request"), "application/oauth-authz-req+jwt");
  const outside = { request_uri, scope: "openid", response_type: "code" };
  const tokens = await shop.redeem(asked, await arrive(oidc.buildAuthorizationUrl(shop.config, outside)));
  assert.equal(tokens.claims().sub, alice.subject);
  const elsewhere = { ...outside, request_uri: site.serve("/other.jwt", signed.searchParams.get("request")) };
  const refusal = await alice.walker.open(oidc.buildAuthorizationUrl(shop.config, elsewhere));
  assert.ok(refusal instanceof Page && refusal.status === 400);
  assert.equal(site.asked("/other.jwt"), 0, "an address that is not registered is not even asked");
});

test("form_post", async () => {
  const shop = await open();
  const visit = await shop.visit({ response_mode: "form_post" });
  const arrival = await arrive(visit.url);
  assert.ok(arrival instanceof Request, "a form, not a query");
  assert.equal((await shop.redeem(visit, arrival)).claims().sub, alice.subject);
});

for (const response_mode of [undefined, "form_post"])
  test(`hybrid: code id_token by ${response_mode ?? "fragment"}`, async () => {
    const shop = await open(["--response-type", "code id_token", "--grant", "implicit"]);
    oidc.useCodeIdTokenResponseType(shop.config);
    const visit = await shop.visit(response_mode ? { response_mode } : {});
    const arrival = await arrive(visit.url);
    // openid-client verifies the ID token of the front channel with its c_hash, then redeems the code.
    const tokens = await shop.redeem(visit, arrival);
    assert.equal(tokens.claims().sub, alice.subject);
  });

test("implicit: id_token alone, with the person's claims in it", async () => {
  const shop = await open(["--response-type", "id_token", "--grant", "implicit"]);
  oidc.useIdTokenResponseType(shop.config);
  const visit = await shop.visit({ scope: "openid email" });
  for (const name of ["code_challenge", "code_challenge_method"]) visit.url.searchParams.delete(name);
  const arrival = new URL(await arrive(visit.url));
  assert.equal(arrival.search, "", "nothing in the query");
  const claims = await oidc.implicitAuthentication(shop.config, arrival, visit.nonce, { expectedState: visit.state });
  assert.deepEqual([claims.sub, claims.email], [alice.subject, alice.email]);
  await assert.rejects(oidc.implicitAuthentication(shop.config, arrival, "another nonce", { expectedState: visit.state }));
});

test("a response type that the client did not register is refused", async () => {
  const shop = await open();
  oidc.useCodeIdTokenResponseType(shop.config);
  const arrival = await alice.arrive((await shop.visit()).url);
  assert.match(arrival.hash, /error=unauthorized_client/);
});

test("resource indicators: tokens are for the APIs that were asked for", async () => {
  const word = alice.email.split("@")[0];
  const [orders, stock] = ["orders", "stock"].map((name) => `https://${name}.${word}.example.test/`);
  await signet("resource", "create", "--uri", orders, "--scope", `orders:${word}`);
  await signet("resource", "create", "--uri", stock, "--scope", `stock:${word}`, "--access-token-ttl", "1m");
  const scope = `openid offline_access orders:${word} stock:${word}`;
  const shop = await open([], { scope });
  const audience = async (tokens) => (await shop.verified(tokens.access_token, { typ: "at+jwt" })).payload.aud;
  const asked = await shop.asks({});
  const parameters = new URLSearchParams(asked.parameters);
  for (const uri of [orders, stock]) parameters.append("resource", uri);
  const arrival = await arrive(oidc.buildAuthorizationUrl(shop.config, parameters));
  const tokens = await shop.redeem(asked, arrival);
  assert.deepEqual([await audience(tokens)].flat().sort(), [orders, stock]);
  const narrowed = await shop.refresh(tokens.refresh_token, { resource: stock });
  assert.deepEqual([await audience(narrowed)].flat(), [stock]);
  assert.equal(narrowed.expires_in, 60);
  const astray = shop.refresh(narrowed.refresh_token, { resource: "https://elsewhere.example.test/" });
  await assert.rejects(astray, refused("invalid_target"));
});
