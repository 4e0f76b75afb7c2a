// The commands of docs/guides/device.md, ciba.md and delegation.md, run as the guides show them.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { copyFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import * as oidc from "openid-client";
import { keyPair } from "./everything/keys.mjs";
import { run, start } from "./guide.mjs";
import { Person } from "./person.mjs";
import { discovered, Shop } from "./shop.mjs";
import { signetWith } from "./signet.mjs";

const issuer = process.env.ISSUER;
const alone = { timeout: 120_000 };

test("device: ask, wait, collect", alone, async () => {
  const rita = await Person.signedIn(issuer, "Rita");
  const [{ client_id: CLIENT_ID }] = await run(["device_register.sh", "--json"]);
  const [asked] = await run(["device_ask.sh"], { CLIENT_ID });
  const collect = async () => (await run(["device_collect.sh"], { CLIENT_ID, DEVICE_CODE: asked.device_code }))[0];
  assert.equal((await collect()).error, "authorization_pending");
  await rita.walker.submit(await rita.enterCode(asked.verification_uri, asked.user_code), "#device-allow");
  assert.equal(decodeJwt((await collect()).access_token).sub, rita.subject);

  const login = start(["signet", "login", "--device", "--client-id", CLIENT_ID]);
  const code = await login.tells(/\b[A-Z]{4}-[A-Z]{4}\b/);
  await rita.walker.submit(await rita.enterCode("/device", code), "#device-allow");
  assert.match(await login.ended(), new RegExp(`"sub": "${rita.subject}"`));
});

test("delegation: token exchange", alone, async () => {
  const [robot, gateway] = await run(["delegation_register.sh", "--json"]);
  const secrets = { ROBOT_SECRET: robot.client_secret, GATEWAY_SECRET: gateway.client_secret };
  const [answer] = await run(["delegation_exchange.sh", "--json"], secrets);
  const { sub, client_id, act, scope } = decodeJwt(answer.access_token);
  assert.deepEqual({ sub, client_id, act, scope }, { sub: "robot", client_id: "gateway", act: { sub: "gateway" }, scope: "stock:read" });

  // Somebody whom another issuer vouches for, at the same API.
  const alice = new Person(issuer, "Alice");
  const person = ["--email", "alice@example.com", "--name", "Alice", "--verified", "--password-stdin"];
  alice.subject = (await signetWith(`${alice.password}\n`, "user", "create", ...person)).user_id;
  const pair = await keyPair("ES256");
  copyFileSync(pair.file, path.join(process.env.SIGNET_TEST_HOME, "idp_jwks.json"));
  const [agent] = await run(["assertion_register.sh", "--json"]);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://idp.example", sub: "u1", aud: issuer, exp: now + 300, jti: randomUUID() };
  const ASSERTION = await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: pair.own.kid }).sign(pair.own.key);
  const [tokens] = await run(["assertion_present.sh"], { AGENT_SECRET: agent.client_secret, ASSERTION });
  assert.deepEqual([decodeJwt(tokens.access_token).sub, tokens.scope], [alice.subject, "stock:read"]);
});

test("delegation: access at another authorization server", alone, async () => {
  const sam = await Person.signedIn(issuer, "Sam");
  const [{ client_id, client_secret }] = await run(["id_jag_register.sh", "--json"]);
  const config = await discovered(issuer, { client_id }, oidc.ClientSecretBasic(client_secret));
  const wiki = new Shop(config, "https://wiki.example/cb", undefined, "openid email");
  const visit = await wiki.visit();
  const { url } = await sam.walker.submit(await sam.walker.open(visit.url), "#consent-allow");
  const { id_token } = await wiki.redeem(visit, url);
  const [answer] = await run(["id_jag_exchange.sh", "--json"], { WIKI_SECRET: client_secret, ID_TOKEN: id_token });
  assert.equal(decodeProtectedHeader(answer.access_token).typ, "oauth-id-jag+jwt");
  const said = decodeJwt(answer.access_token);
  assert.deepEqual([said.aud, said.client_id, said.sub, said.email], ["https://chat.example", "wiki-at-chat", sam.subject, sam.email]);
  const [chat] = await run(["id_jag_receive.sh", "--json"]);
  assert.deepEqual(chat.grant_types, ["urn:ietf:params:oauth:grant-type:jwt-bearer"]);
});

test("asking a person who is elsewhere: ask, wait, collect", alone, async () => {
  const uma = await Person.signedIn(issuer, "Uma");
  const [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET }] = await run(["ciba_register.sh", "--json"]);
  const [asked] = await run(["ciba_ask.sh"], { CLIENT_ID, CLIENT_SECRET, PERSON: uma.email });
  const variables = { CLIENT_ID, CLIENT_SECRET, AUTH_REQ_ID: asked.auth_req_id };
  assert.equal((await run(["ciba_collect.sh"], variables))[0].error, "authorization_pending");
  const page = await uma.walker.open("/account/requests");
  assert.match(page.text, /Till 7.*W4SCT/);
  await uma.walker.submit(page, "#ciba-allow");
  assert.equal(decodeJwt((await run(["ciba_collect.sh"], variables))[0].access_token).sub, uma.subject);
});
