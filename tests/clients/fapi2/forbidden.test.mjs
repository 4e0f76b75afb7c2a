// Everything that the profiles forbid, each by itself: refused, with the error that OAuth has for it. What is good otherwise is shown to
// be good first. Needs ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import * as jose from "jose";
import * as oidc from "openid-client";
import { Person } from "../openid-client/person.mjs";
import { signet } from "../openid-client/signet.mjs";
import { Page } from "../openid-client/walker.mjs";
import { Bank, SCOPE, callback, issuer, keyFor } from "./bank.mjs";

const gus = await Person.signedIn(issuer, "Gus");
const now = () => Math.floor(Date.now() / 1000);

/** Keys for proofs. */
async function proving(alg) {
  return { ...(await jose.generateKeyPair(alg, { extractable: true })), alg };
}

/** The way to a code, redeemed by whoever has the answer. */
async function codeOf(bank, changes) {
  const { request, verifier } = await bank.request(changes);
  const pushed = await bank.ask("par", await bank.pushable(request));
  assert.equal(pushed.status, 201, pushed.text);
  const url = new URL(`${issuer}/oauth2/authorize`);
  url.searchParams.set("client_id", bank.client.client_id);
  url.searchParams.set("request_uri", pushed.json.request_uri);
  const arrival = (await gus.arrive(url)).searchParams;
  const code = bank.signs ? jose.decodeJwt(arrival.get("response")).code : arrival.get("code");
  return { url, parameters: { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: verifier } };
}

for (const profile of ["fapi2", "fapi2-message-signing"]) {
  const bank = await Bank.open(profile);
  const keys = await proving("ES256");
  const push = async (request, how) => bank.ask("par", await bank.pushable(request), how);
  const refused = (answer, error, status = error === "invalid_client" ? 401 : 400) =>
    assert.deepEqual([answer.status, answer.error], [status, error], answer.text);

  test(`${profile}: registrations that fall short`, async () => {
    const create = ["client", "create", "--name", "Bank", "--profile", profile];
    const good = [...create, "--redirect-uri", callback, "--jwks", bank.key.file];
    await signet(...good);
    const rs256 = await keyFor("RS256");
    for (const bad of [
      [...good, "--public"],
      [...create, "--redirect-uri", callback, "--auth-method", "client_secret_basic"],
      [...create, "--redirect-uri", callback, "--auth-method", "client_secret_jwt"],
      [...create, "--redirect-uri", callback],
      [...create, "--redirect-uri", callback, "--jwks", rs256.file],
      [...create, "--redirect-uri", "http://localhost:3000/cb", "--jwks", bank.key.file],
      [...good, "--response-type", "code", "--response-type", "none"],
      [...good, "--id-token-alg", "RS256"],
      [...good, "--auth-signing-alg", "RS256"],
      [...good, "--request-object-alg", "none"],
    ]) {
      await assert.rejects(signet(...bad), (thrown) => thrown.code === 1, bad.join(" "));
    }
  });

  test(`${profile}: how a client proves who it is`, async () => {
    const { request } = await bank.request();
    for (const claims of [{}, { aud: issuer, nbf: now() + 8, iat: now() + 8 }]) {
      assert.equal((await push(request, { assertion: await bank.sign(bank.claims(claims)) })).status, 201);
    }
    for (const claims of [
      { aud: [issuer] },
      { aud: `${issuer}/oauth2/token` },
      { aud: `${issuer}/oauth2/par` },
      { aud: [issuer, "https://elsewhere.example.test"] },
      { aud: undefined },
      { iat: now() + 60 },
      { nbf: now() + 60 },
      { exp: now() - 60 },
      { jti: undefined },
      { sub: "somebody-else" },
    ]) {
      refused(await push(request, { assertion: await bank.sign(bank.claims(claims)) }), "invalid_client");
    }
    const assertion = await bank.sign(bank.claims());
    assert.equal((await push(request, { assertion })).status, 201);
    refused(await push(request, { assertion }), "invalid_client"); // once
    const stranger = await keyFor("ES256");
    refused(await push(request, { assertion: await bank.sign(bank.claims(), { key: { ...stranger, kid: bank.key.kid } }) }), "invalid_client");
    refused(await push(request, { assertion: null }), "invalid_client");
    refused(await push({ ...request, client_secret: "x".repeat(40) }, { assertion: null }), "invalid_client");
    const basic = `Basic ${Buffer.from(`${bank.client.client_id}:${"x".repeat(40)}`).toString("base64")}`;
    refused(await push(request, { assertion: null, headers: { Authorization: basic } }), "invalid_client");
  });

  test(`${profile}: RS256, by a key that could do better`, async () => {
    const weak = await Bank.open(profile, { alg: "PS256" });
    const { request } = await weak.request();
    const assertion = await weak.sign(weak.claims());
    assert.equal((await weak.ask("par", await weak.pushable(request), { assertion })).status, 201);
    const rsa = await jose.importJWK(await jose.exportJWK(weak.key.key), "RS256");
    const key = { ...weak.key, key: rsa, alg: "RS256" };
    const spoilt = await weak.sign(weak.claims(), { key });
    refused(await weak.ask("par", await weak.pushable(request), { assertion: spoilt }), "invalid_client");
    if (weak.signs) refused(await weak.ask("par", await weak.pushable(request, {}, { key })), "invalid_request_object");
  });

  test(`${profile}: requests that are not pushed`, async () => {
    const { request } = await bank.request();
    for (const asked of [request, await bank.pushable(request)]) {
      const url = new URL(`${issuer}/oauth2/authorize`);
      url.search = new URLSearchParams({ ...asked, redirect_uri: callback, ...(bank.signs && { response_mode: "jwt" }) });
      const arrival = (await gus.arrive(url)).searchParams;
      const told = bank.signs ? jose.decodeJwt(arrival.get("response")) : Object.fromEntries(arrival);
      assert.deepEqual([told.error, told.iss, told.code], ["invalid_request", issuer, undefined]);
    }
  });

  test(`${profile}: what may be pushed`, async () => {
    const pushed = async (changes) => push((await bank.request(changes)).request);
    assert.equal((await pushed({ nonce: "n".repeat(64), state: "s".repeat(1000) })).status, 201);
    for (const response_type of ["none", "code id_token", "code token", "id_token", "token"]) {
      const answer = await pushed({ response_type });
      assert.ok(["unauthorized_client", "unsupported_response_type", "invalid_request"].includes(answer.error), answer.text);
    }
    for (const changes of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: undefined },
      { code_challenge_method: "plain" },
      { redirect_uri: undefined },
      { redirect_uri: "https://elsewhere.example.test/cb" },
      { redirect_uri: "http://bank.example.test/cb" },
      { response_type: undefined },
    ]) {
      refused(await pushed(changes), "invalid_request");
    }
    const { request } = await bank.request();
    const inside = { ...request, request_uri: "urn:ietf:params:oauth:request_uri:x" };
    refused(await bank.ask("par", inside), "invalid_request");
  });

  test(`${profile}: tokens that would be anybody's`, async () => {
    const { parameters } = await codeOf(bank);
    refused(await bank.ask("token", parameters), "invalid_dpop_proof");
    const rs256 = await proving("RS256");
    refused(await bank.ask("token", parameters, { proof: await bank.proof(rs256, "token") }), "invalid_dpop_proof");
    const late = await bank.proof(keys, "token", { iat: now() + 60 });
    refused(await bank.ask("token", parameters, { proof: late }), "invalid_dpop_proof");
    const elsewhere = await bank.proof(keys, "par");
    refused(await bank.ask("token", parameters, { proof: elsewhere }), "invalid_dpop_proof");
    const early = await bank.proof(keys, "token", { iat: now() + 8 });
    const tokens = await bank.ask("token", parameters, { proof: early }); // nothing was spent
    assert.equal(tokens.status, 200, tokens.text);
    assert.equal(tokens.json.token_type, "DPoP");
    const bearer = await fetch(`${issuer}/oauth2/userinfo`, { headers: { Authorization: `Bearer ${tokens.json.access_token}` } });
    assert.equal(bearer.status, 401);
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.json.refresh_token };
    refused(await bank.ask("token", refresh), "invalid_dpop_proof");
    refused(await bank.ask("token", parameters, { proof: await bank.proof(keys, "token") }), "invalid_grant"); // a second time
    refused(await bank.ask("token", refresh, { proof: await bank.proof(keys, "token") }), "invalid_grant"); // and that ended it
  });

  test(`${profile}: a code of another key or another verifier`, async () => {
    const jkt = await jose.calculateJwkThumbprint(await jose.exportJWK(keys.publicKey));
    const other = await proving("ES256");
    const bound = await codeOf(bank, { dpop_jkt: jkt });
    refused(await bank.ask("token", bound.parameters, { proof: await bank.proof(other, "token") }), "invalid_grant");
    const { parameters } = await codeOf(bank);
    const guessed = { ...parameters, code_verifier: oidc.randomPKCECodeVerifier() };
    refused(await bank.ask("token", guessed, { proof: await bank.proof(keys, "token") }), "invalid_grant");
  });

  test(`${profile}: a request_uri is spent by its answer`, async () => {
    const { request } = await bank.request();
    const pushed = await push(request);
    const url = new URL(`${issuer}/oauth2/authorize`);
    url.search = new URLSearchParams({ client_id: bank.client.client_id, request_uri: pushed.json.request_uri });
    const nobody = await Person.known(issuer, "Hal");
    for (let visits = 0; visits < 3; visits++) {
      const page = await nobody.walker.open(url);
      assert.ok(page instanceof Page && /Sign in/.test(page.text)); // looking at it spends nothing
    }
    await gus.arrive(url);
    const again = await gus.walker.open(url);
    assert.ok(again instanceof Page && again.status === 400, "answered once");
  });
}

test("fapi2-message-signing: requests that are not signed as they have to be", async () => {
  const bank = await Bank.open("fapi2-message-signing");
  const { request } = await bank.request();
  const push = async (changes, how) => bank.ask("par", await bank.pushable(request, changes, how));
  const refused = (answer, error) => assert.deepEqual([answer.status, answer.error], [400, error], answer.text);
  for (const good of [{}, { aud: [issuer] }, { nbf: now() - 3500, exp: now() + 60 }, { nbf: now() + 8, iat: now() + 8 }]) {
    assert.equal((await push(good)).status, 201);
  }
  refused(await bank.ask("par", request), "invalid_request");
  for (const bad of [
    { aud: undefined },
    { aud: `${issuer}/oauth2/par` },
    { nbf: undefined },
    { exp: undefined },
    { nbf: now() - 3700, exp: now() + 60 },
    { exp: now() + 3700 },
    { exp: now() - 60 },
    { nbf: now() + 60 },
    { client_id: "somebody-else" },
  ]) {
    refused(await push(bad), "invalid_request_object");
  }
  const unsigned = new jose.UnsecuredJWT({ ...request, iss: bank.client.client_id, aud: issuer, nbf: now(), exp: now() + 60 }).encode();
  refused(await bank.ask("par", { client_id: bank.client.client_id, request: unsigned }), "invalid_request_object");
  refused(await push({}, { key: { ...(await keyFor("ES256")), kid: bank.key.kid } }), "invalid_request_object");
  for (const response_mode of [undefined, "query", "form_post"]) refused(await push({ response_mode }), "invalid_request");
  assert.match(SCOPE, /openid/);
});
