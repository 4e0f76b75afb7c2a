// A device without a browser (RFC 8628), as openid-client waits for its tokens, and the person who enters its code elsewhere.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import { calculateJwkThumbprint, decodeJwt, exportJWK } from "jose";
import * as oidc from "openid-client";
import { refused } from "./everything/service.mjs";
import { Person } from "./person.mjs";
import { discovered } from "./shop.mjs";
import { signet } from "./signet.mjs";

const issuer = process.env.ISSUER;

/** A television, or what these further options make of it. */
async function device(options = [], authentication = oidc.None) {
  const client = await signet("client", "create", "--name", "Living room", "--profile", "device", ...options);
  return discovered(issuer, client, authentication(client.client_secret));
}

const ask = (config, parameters = {}) => oidc.initiateDeviceAuthorization(config, { scope: "openid email offline_access", ...parameters });

/** Asks as often as the device was told to. */
const wait = (config, asked, options) => oidc.pollDeviceAuthorizationGrant(config, asked, undefined, options);

/** Asks at once, which nobody minds who has decided already. */
const collect = (config, asked, options) => wait(config, { ...asked, interval: 0 }, options);

test("the person enters the code while the device waits", { timeout: 60_000 }, async () => {
  const [erin, config] = [await Person.signedIn(issuer, "Erin"), await device()];
  const asked = await ask(config);
  assert.equal(asked.verification_uri, `${issuer}/device`);
  assert.match(asked.user_code, /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
  // Nobody has decided when it asks first.
  let questions = 0;
  const waiting = wait(config, asked);
  await new Promise((done) => {
    config[oidc.customFetch] = (...request) => fetch(...request).finally(() => (questions++, done()));
  });
  const confirm = await erin.enterCode(asked.verification_uri, asked.user_code);
  for (const words of ["Living room", asked.user_code, "E-mail"]) assert.match(confirm.text, new RegExp(words, "i"));
  const done = await erin.walker.submit(confirm, "#device-allow");
  assert.match(done.text, /Go back to your device/);
  const tokens = await waiting;
  assert.ok(questions >= 2, "it had to ask again");
  assert.equal(tokens.claims().sub, erin.subject);
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, erin.subject)).email, erin.email);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await oidc.fetchUserInfo(config, next.access_token, erin.subject)).sub, erin.subject);
  // The tokens are given once.
  await assert.rejects(collect(config, asked), refused("invalid_grant"));
});

test("a link brings the code along and decides nothing", { timeout: 60_000 }, async () => {
  const [frank, config] = [await Person.signedIn(issuer, "Frank"), await device()];
  const asked = await ask(config);
  const page = await frank.walker.open(asked.verification_uri_complete);
  assert.equal(page.find("#user_code").getAttribute("value"), asked.user_code);
  const confirm = await frank.walker.submit(page, "#device-submit");
  const done = await frank.walker.submit(confirm, "#device-deny");
  assert.match(done.text, /was not signed in/);
  await assert.rejects(collect(config, asked), refused("access_denied"));
});

test("whoever is not signed in signs in on the way", { timeout: 60_000 }, async () => {
  const [grace, config] = [await Person.known(issuer, "Grace"), await device()];
  const asked = await ask(config);
  const page = await grace.enterCode(asked.verification_uri, asked.user_code.replace("-", "").toLowerCase());
  await grace.walker.submit(await grace.signIn(page), "#device-allow");
  assert.equal((await collect(config, asked)).claims().sub, grace.subject);
});

test("a device with a secret, and one that poses as it", { timeout: 60_000 }, async () => {
  const heidi = await Person.signedIn(issuer, "Heidi");
  const config = await device(["--auth-method", "client_secret_basic"], oidc.ClientSecretBasic);
  const asked = await ask(config);
  await heidi.walker.submit(await heidi.enterCode(asked.verification_uri, asked.user_code), "#device-allow");
  const poser = new oidc.Configuration(config.serverMetadata(), config.clientMetadata().client_id, undefined, oidc.None());
  if (issuer.startsWith("http:")) oidc.allowInsecureRequests(poser);
  await assert.rejects(collect(poser, asked), (thrown) => thrown.status === 401);
  await assert.rejects(ask(poser), (thrown) => thrown.status === 401);
  await assert.rejects(collect(await device(), asked), refused("invalid_grant"), "it is another device's code");
  assert.equal((await collect(config, asked)).claims().sub, heidi.subject);
});

test("a device that holds a key", { timeout: 60_000 }, async () => {
  const [ivan, config] = [await Person.signedIn(issuer, "Ivan"), await device(["--dpop-bound"])];
  const keys = await oidc.randomDPoPKeyPair("ES256");
  const DPoP = oidc.getDPoPHandle(config, keys);
  const asked = await ask(config);
  await ivan.walker.submit(await ivan.enterCode(asked.verification_uri, asked.user_code), "#device-allow");
  await assert.rejects(collect(config, asked), refused("invalid_dpop_proof"));
  const tokens = await collect(config, asked, { DPoP });
  assert.equal(decodeJwt(tokens.access_token).cnf.jkt, await calculateJwkThumbprint(await exportJWK(keys.publicKey)));
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, ivan.subject, { DPoP })).email, ivan.email);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, ivan.subject), (thrown) => thrown.status === 401);
});

test("an app that is no device gets no code", { timeout: 60_000 }, async () => {
  const options = ["--public", "--application-type", "native", "--redirect-uri", "http://127.0.0.1/cb"];
  const client = await signet("client", "create", "--name", "App", ...options);
  const config = await discovered(issuer, client, oidc.None());
  await assert.rejects(ask(config), refused("unauthorized_client"));
});
