// Apps of one vendor share a sign-in (OpenID Connect Native SSO): openid-client for the first app, the guide's own commands for the next.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test, { before } from "node:test";
import * as oidc from "openid-client";
import { run } from "./guide.mjs";
import { Person } from "./person.mjs";
import { Shop } from "./shop.mjs";

const issuer = process.env.ISSUER;
const VENDOR = ["--public", "--application-type", "native", "--first-party", "--native-sso-group", "acme", "--grant", "token-exchange"];
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
const DEVICE_SECRET = "urn:openid:params:token-type:device-secret";
let mira, mail, kept;

before(async () => {
  mira = await Person.signedIn(issuer, "Mira");
  mail = await Shop.open(issuer, {
    name: "Mail", options: VENDOR, authentication: oidc.None, scope: "openid email offline_access device_sso",
  });
  const visit = await mail.visit();
  // Nobody can tell a loopback address from another program: an app there is asked about, even one of the operator's own.
  const asks = await mira.walker.open(visit.url);
  const end = await mira.walker.submit(asks, "#consent-allow");
  kept = await mail.redeem(visit, end.url);
});

test("the second app is signed in without a browser, by the commands of the guide", async () => {
  assert.match(kept.device_secret, /^sgt_ds_/);
  const [chat] = await run(["native_sso.sh", "--json"]);
  const [tokens] = await run(["native_sso_exchange.sh", issuer, chat.client_id, kept.id_token, kept.device_secret]);
  assert.equal(tokens.issued_token_type, "urn:ietf:params:oauth:token-type:access_token", JSON.stringify(tokens));
  const { payload } = await mail.verified(tokens.id_token, { audience: chat.client_id });
  assert.deepEqual([payload.sub, payload.sid, payload.ds_hash], [mira.subject, kept.claims().sid, kept.claims().ds_hash]);
  const [wrong] = await run(["native_sso_exchange.sh", issuer, chat.client_id, kept.id_token, "sgt_ds_guessed"]);
  assert.equal(wrong.error, "invalid_grant");
});

test("openid-client asks for it as well, and an app of another vendor gets nothing", async () => {
  const exchange = (shop) =>
    oidc.genericGrantRequest(shop.config, "urn:ietf:params:oauth:grant-type:token-exchange", {
      audience: issuer, scope: "openid email",
      subject_token: kept.id_token, subject_token_type: ID_TOKEN,
      actor_token: kept.device_secret, actor_token_type: DEVICE_SECRET,
    });
  const maps = await Shop.open(issuer, { name: "Maps", options: VENDOR, authentication: oidc.None });
  const tokens = await exchange(maps);
  assert.equal((await maps.userinfo(tokens.access_token, mira.subject)).email, mira.email);
  await maps.refresh(tokens.refresh_token);
  const options = VENDOR.map((option) => (option === "acme" ? "globex" : option));
  const game = await Shop.open(issuer, { name: "Game", options, authentication: oidc.None });
  await assert.rejects(exchange(game), (error) => error.error === "invalid_grant");
});
