// A device asks by itself, question by question (RFC 8628 §3.5), and hears each of the answers.
import assert from "node:assert/strict";
import test from "node:test";
import * as oauth from "oauth4webapi";
import { Person } from "../openid-client/person.mjs";
import { App, plain, refused } from "./app.mjs";

const olga = await Person.signedIn(process.env.ISSUER, "Olga");

async function device(keys) {
  const app = await App.open({ name: "Printer", options: ["--profile", "device"], authentication: oauth.None, keys });
  const answer = await oauth.deviceAuthorizationRequest(app.as, app.client, app.authentication, { scope: "openid" }, plain);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const asked = await oauth.processDeviceAuthorizationResponse(app.as, app.client, answer);
  return { app, asked, question: () => app.token(oauth.deviceCodeGrantRequest, oauth.processDeviceCodeResponse, [asked.device_code]) };
}

const decide = async (asked, decision) =>
  olga.walker.submit(await olga.enterCode(asked.verification_uri, asked.user_code), `#device-${decision}`);

test("waiting, too eager, allowed", async () => {
  const { asked, question } = await device();
  assert.equal(asked.interval, 5);
  assert.ok(asked.expires_in > 60 && asked.verification_uri_complete.endsWith(`?user_code=${asked.user_code}`));
  const answers = await Promise.allSettled([question(), question()]);
  assert.deepEqual(answers.map(({ reason }) => reason.error).sort(), ["authorization_pending", "slow_down"]);
  await decide(asked, "allow");
  assert.equal(oauth.getValidatedIdTokenClaims(await question()).sub, olga.subject, "who comes for tokens is not late");
  await assert.rejects(question(), refused("invalid_grant"), "they are given once");
});

test("denied", async () => {
  const { app, asked, question } = await device();
  await decide(asked, "deny");
  await assert.rejects(question(), refused("access_denied"));
  const guess = app.token(oauth.deviceCodeGrantRequest, oauth.processDeviceCodeResponse, [`${asked.device_code}x`]);
  await assert.rejects(guess, refused("invalid_grant"));
  const again = await olga.enterCode(asked.verification_uri, asked.user_code);
  assert.equal(again.document.querySelector("#device-allow"), null, "the code no longer works");
});

test("its tokens are bound to its key", async () => {
  const { app, asked, question } = await device(await oauth.generateKeyPair("ES256"));
  await decide(asked, "allow");
  const tokens = await question();
  assert.equal(tokens.token_type, "dpop");
  assert.equal((await app.userinfo(tokens.access_token, olga.subject)).sub, olga.subject);
  await assert.rejects(app.holding(undefined).userinfo(tokens.access_token, olga.subject), (thrown) => thrown.status === 401);
});
