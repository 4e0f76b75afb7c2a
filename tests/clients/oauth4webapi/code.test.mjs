// A person signs in to an app that pushes its requests and holds a key (RFC 9126, RFC 9449), and every step where it may not go on.
import assert from "node:assert/strict";
import test from "node:test";
import * as oauth from "oauth4webapi";
import { Person } from "../openid-client/person.mjs";
import { App, CALLBACK, NONCES, refused } from "./app.mjs";

const nina = await Person.signedIn(process.env.ISSUER, "Nina");
const strict = { options: ["--public", "--require-par", "--dpop-bound"], authentication: oauth.None };
const holding = async (alg = "ES256") => App.web({ ...strict, keys: await oauth.generateKeyPair(alg) });

/** An app that holds a key, and the person back at it. */
async function visited(parameters) {
  const app = await holding();
  const visit = await app.asks(parameters);
  return { app, visit, arrival: new URL(await nina.arrive(visit.url)) };
}

for (const alg of ["ES256", "PS256", "RS256", "Ed25519"])
  test(`pushed, redeemed, read and refreshed with a key for ${alg}`, async () => {
    const app = await holding(alg);
    const tokens = await app.tokensOf(nina);
    assert.equal(tokens.token_type, "dpop");
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    assert.equal(claims.sub, nina.subject);
    assert.equal((await app.userinfo(tokens.access_token, nina.subject)).email, nina.email);
    const next = await app.refresh(tokens.refresh_token);
    assert.equal((await app.userinfo(next.access_token, nina.subject)).sub, nina.subject);
    // Where a nonce is asked for, that is once: the answers bring the next one along.
    assert.equal(app.nonces, NONCES ? 1 : 0);
  });

test("without a key, with another one, and with what was not asked", async () => {
  const other = await oauth.generateKeyPair("ES256");
  const bare = await App.web(strict);
  await assert.doesNotReject(bare.asks(), "a proof is needed for tokens alone");

  let { app, visit, arrival } = await visited();
  await assert.rejects(app.holding(undefined).redeem(visit, app.arrived(visit, arrival)), refused("invalid_dpop_proof"));
  ({ app, visit, arrival } = await visited());
  await assert.rejects(app.holding(other).redeem(visit, app.arrived(visit, arrival)), refused("invalid_grant"));
  ({ app, visit, arrival } = await visited());
  const verifier = oauth.generateRandomCodeVerifier();
  await assert.rejects(app.redeem({ ...visit, verifier }, app.arrived(visit, arrival)), refused("invalid_grant"));

  const tokens = await app.tokensOf(nina);
  await assert.rejects(app.holding(other).refresh(tokens.refresh_token), refused("invalid_grant"));
  await assert.rejects(app.holding(other).userinfo(tokens.access_token, nina.subject), refused("invalid_token", 401));
  await assert.rejects(app.holding(undefined).userinfo(tokens.access_token, nina.subject), (thrown) => thrown.status === 401);
  await app.refresh(tokens.refresh_token);
});

test("a proof counts once, for one request and not for long", async () => {
  const app = await holding();
  const tokens = await app.tokensOf(nina);
  /** Asks with a proof that is changed so. */
  const proving = (change) => {
    const changed = app.holding(undefined);
    changed.DPoP = oauth.DPoP(app.client, app.keys, { [oauth.modifyAssertion]: (_, payload) => change(payload) });
    return changed.userinfo(tokens.access_token, nina.subject);
  };
  const now = Math.floor(Date.now() / 1000);
  const astray = {
    "for another address": (payload) => (payload.htu = `${app.as.userinfo_endpoint}x`),
    "for another method": (payload) => (payload.htm = "POST"),
    "for another token": (payload) => (payload.ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"),
    "for no token": (payload) => delete payload.ath,
    "too old": (payload) => (payload.iat = now - 300),
    "of the future": (payload) => (payload.iat = now + 300),
    "without a name of its own": (payload) => delete payload.jti,
  };
  for (const [name, change] of Object.entries(astray)) await assert.rejects(proving(change), refused("invalid_dpop_proof", 401), name);
  const again = (payload) => (payload.jti = "the same each time");
  await proving(again);
  await assert.rejects(proving(again), refused("invalid_dpop_proof", 401));
});

test("answers that the app must not believe", async () => {
  const { app, visit, arrival } = await visited();
  const changed = (name, value) => {
    const url = new URL(arrival);
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    return url;
  };
  for (const [name, value] of [["state", "another"], ["iss", "https://evil.example.test"], ["iss", undefined]])
    assert.throws(() => app.arrived(visit, changed(name, value)), { code: oauth.INVALID_RESPONSE }, `${name} ${value}`);
  // Nothing was spent on it.
  assert.equal(oauth.getValidatedIdTokenClaims(await app.redeem(visit, app.arrived(visit, arrival))).sub, nina.subject);
  await assert.rejects(app.redeem(visit, app.arrived(visit, arrival)), refused("invalid_grant"), "a code counts once");
});

test("what cannot be asked is refused when it is pushed", async () => {
  const app = await holding();
  const plainly = { code_challenge_method: "plain", code_challenge: oauth.generateRandomCodeVerifier() };
  await assert.rejects(app.asks({ redirect_uri: `${CALLBACK}/elsewhere` }), refused("invalid_request"));
  await assert.rejects(app.asks(plainly), refused("invalid_request"));
  await assert.rejects(app.asks({ response_type: "token" }), refused("unsupported_response_type"));
  await assert.rejects(app.asks({ request_uri: "urn:x" }), refused("invalid_request"));
  await assert.rejects(app.asks({ max_age: "-1" }), refused("invalid_request"));
  await assert.rejects(app.asks({ resource: "https://nobody.example.test" }), refused("invalid_target"));
});

test("a refusal is told to the app", async () => {
  const app = await holding();
  await assert.rejects(app.asks({ prompt: "login none" }), refused("invalid_request"));
  const stranger = new Person(process.env.ISSUER, "Stranger");
  const silent = await app.asks({ prompt: "none" });
  const arrival = await stranger.arrive(silent.url);
  assert.throws(() => app.arrived(silent, arrival), (thrown) => thrown.error === "login_required");
});

for (const alg of ["RS256", "ES256"])
  test(`the answer as a JWT, signed by ${alg} (JARM)`, async () => {
    const app = await App.web({
      options: ["--authorization-alg", alg],
      metadata: { authorization_signed_response_alg: alg },
    });
    const visit = await app.asks({ response_mode: "jwt" });
    const arrival = new URL(await nina.arrive(visit.url));
    assert.deepEqual([...arrival.searchParams.keys()], ["response"]);
    await assert.rejects(app.unwrapped({ state: "another" }, arrival), { code: oauth.INVALID_RESPONSE });
    const [header, payload, signature] = arrival.searchParams.get("response").split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url")), code: "stolen" };
    const forged = new URL(CALLBACK);
    forged.searchParams.set("response", [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join("."));
    await assert.rejects(app.unwrapped(visit, forged), /signature/);
    const foreign = await App.web({ metadata: { authorization_signed_response_alg: alg } });
    await assert.rejects(foreign.unwrapped(visit, arrival), { code: oauth.JWT_CLAIM_COMPARISON }, "it is not for that app");
    const tokens = await app.redeem(visit, await app.unwrapped(visit, arrival));
    assert.equal(oauth.getValidatedIdTokenClaims(tokens).sub, nina.subject);
    // A refusal is wrapped, too.
    const refusal = await app.asks({ response_mode: "jwt", prompt: "none", max_age: "0" });
    await assert.rejects(app.unwrapped(refusal, await nina.arrive(refusal.url)), (thrown) => thrown.error === "login_required");
  });
