// A client asks a person who is elsewhere (OpenID CIBA Core, poll), question by question, and hears each of the answers.
import assert from "node:assert/strict";
import test, { before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import * as oauth from "oauth4webapi";
import { keyPair } from "../openid-client/everything/keys.mjs";
import { Person } from "../openid-client/person.mjs";
import { App, ISSUER, plain, refused } from "./app.mjs";

let tess;
before(async () => (tess = await Person.signedIn(ISSUER, "Tess")));

const till = (more = {}) => App.open({ name: "Till 9", ...more, options: ["--profile", "ciba", ...(more.options ?? [])] });

/** Asks for somebody; what comes are the answer and the question for its tokens. */
async function asking(app, parameters = {}) {
  const request = { scope: "openid email", login_hint: tess.email, ...parameters };
  const answer = await oauth.backchannelAuthenticationRequest(app.as, app.client, app.authentication, request, plain);
  const asked = await oauth.processBackchannelAuthenticationResponse(app.as, app.client, answer);
  return { asked, question: (by = app) => collect(by, asked.auth_req_id) };
}

const collect = (app, id) =>
  app.token(oauth.backchannelAuthenticationGrantRequest, oauth.processBackchannelAuthenticationGrantResponse, [id]);

const decide = async (decision) => tess.walker.submit(await tess.walker.open("/account/requests"), `#ciba-${decision}`);

test("waiting, too eager, allowed, and once only", async () => {
  const app = await till();
  const { asked, question } = await asking(app, { binding_message: "W4SCT" });
  assert.deepEqual([asked.interval, asked.expires_in], [5, 300]);
  const answers = await Promise.allSettled([question(), question()]);
  assert.deepEqual(answers.map(({ reason }) => reason.error).sort(), ["authorization_pending", "slow_down"]);
  assert.match((await tess.walker.open("/account/requests")).text, /Till 9.*W4SCT/);
  await decide("allow");
  await assert.rejects(question(await till()), refused("invalid_grant"), "another till has nothing of it");
  const tokens = await question();
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.deepEqual([claims.sub, claims.aud], [tess.subject, app.client.client_id]);
  assert.equal((await app.userinfo(tokens.access_token, tess.subject)).email, tess.email);
  await assert.rejects(question(), refused("invalid_grant"));
});

test("denied", async () => {
  const app = await till();
  const denied = await asking(app);
  await decide("deny");
  await assert.rejects(denied.question(), refused("access_denied"));
});

test("a till with keys: who it is, and what its tokens are bound to", async () => {
  const pair = await keyPair("ES256");
  const app = await till({
    options: ["--auth-method", "private_key_jwt", "--jwks", pair.file, "--dpop-bound"],
    authentication: () => oauth.PrivateKeyJwt(pair.own),
    keys: await oauth.generateKeyPair("ES256"),
  });
  const { question } = await asking(app);
  await decide("allow");
  await assert.rejects(question(app.holding(undefined)), refused("invalid_dpop_proof"));
  const tokens = await question();
  assert.equal(tokens.token_type, "dpop");
  assert.equal((await app.userinfo(tokens.access_token, tess.subject)).sub, tess.subject);
  const poser = new App(app.client, oauth.PrivateKeyJwt({ ...(await keyPair("ES256")).own, kid: pair.own.kid }));
  await assert.rejects(asking(poser), (thrown) => thrown.status === 401);
});

test("what cannot be asked", async () => {
  const app = await till();
  const astray = [
    [{ scope: "email" }, "invalid_scope"],
    [{ login_hint: "nobody@example.test" }, "unknown_user_id"],
    [{ login_hint: "" }, "invalid_request"],
    [{ id_token_hint: "x" }, "invalid_request"], // one hint, not two
    [{ binding_message: "two\nlines" }, "invalid_binding_message"],
    [{ requested_expiry: "-5" }, "invalid_request"],
    [{ resource: "https://nobody.example.test" }, "invalid_target"],
  ];
  for (const [parameters, error] of astray) await assert.rejects(asking(app, parameters), refused(error), JSON.stringify(parameters));
  await assert.rejects(asking(await App.web()), refused("unauthorized_client"));
});

test("nobody decides in time", async () => {
  const { asked, question } = await asking(await till(), { requested_expiry: "1" });
  assert.equal(asked.expires_in, 10, "nobody could answer in less");
  await pause(11_000);
  await assert.rejects(question(), refused("expired_token"));
});
