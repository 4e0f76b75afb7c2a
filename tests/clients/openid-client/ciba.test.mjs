// A till that asks a person who is elsewhere (OpenID CIBA Core), as openid-client does it; the person decides on Signet's pages.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import * as oidc from "openid-client";
import { linkIn, mailTo } from "../mail-sink/inbox.mjs";
import { Person } from "./person.mjs";
import { discovered } from "./shop.mjs";
import { signet } from "./signet.mjs";

const issuer = process.env.ISSUER;

/** Registers a till and lets it discover the provider. */
async function till(...options) {
  const client = await signet("client", "create", "--name", "Till 7", "--profile", "ciba", ...options);
  return discovered(issuer, client, oidc.ClientSecretBasic(client.client_secret));
}

const refused = (error) => (thrown) => [thrown.error, thrown.cause?.error].includes(error);

test("CIBA", { timeout: 120_000 }, async (t) => {
  const config = await till();

  await t.test("a person finds it in the account, allows it, and the till has tokens", async () => {
    const grace = await Person.signedIn(issuer, "Grace");
    const asked = await oidc.initiateBackchannelAuthentication(config, {
      scope: "openid email offline_access",
      login_hint: grace.email,
      binding_message: "W4SCT",
      requested_expiry: "120",
    });
    assert.equal(asked.expires_in, 120);
    const waiting = oidc.pollBackchannelAuthenticationGrant(config, asked);
    const page = await grace.walker.open("/account/requests");
    assert.match(page.text, /Till 7.*W4SCT/);
    assert.match((await grace.walker.submit(page, "#ciba-allow")).text, /You allowed it/);
    const tokens = await waiting; // its ID token is checked by openid-client
    assert.equal(tokens.claims().sub, grace.subject);
    assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, grace.subject)).email, grace.email);
    await oidc.refreshTokenGrant(config, tokens.refresh_token);
    // The ID token names the person the next time; and no means no.
    const again = await oidc.initiateBackchannelAuthentication(config, { scope: "openid", id_token_hint: tokens.id_token });
    await grace.walker.submit(await grace.walker.open("/account/requests"), "#ciba-deny");
    await assert.rejects(oidc.pollBackchannelAuthenticationGrant(config, again), refused("access_denied"));
  });

  await t.test("a mail leads there, and a sign-in is needed", async () => {
    const hedy = await Person.known(issuer, "Hedy");
    const asked = await oidc.initiateBackchannelAuthentication(config, { scope: "openid", login_hint: hedy.email });
    const link = linkIn(await mailTo(hedy.email, /asks for your approval/i), hedy.origin);
    const page = await hedy.signIn(await hedy.walker.open(link));
    await hedy.walker.submit(page, "#ciba-allow");
    assert.equal((await oidc.pollBackchannelAuthenticationGrant(config, asked)).claims().sub, hedy.subject);
    assert.match((await hedy.walker.open(link)).text, /answered already/);
  });

  await t.test("whom nobody knows is not asked", async () => {
    const nobody = oidc.initiateBackchannelAuthentication(config, { scope: "openid", login_hint: "nobody@example.test" });
    await assert.rejects(nobody, refused("unknown_user_id"));
  });
});
