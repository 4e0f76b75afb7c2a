// Rich authorization requests (RFC 9396), as openid-client sends them and docs/guides/rich-authorization.md registers them.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import path, { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";
import { discovered, Shop } from "./shop.mjs";
import { signet } from "./signet.mjs";
import { Departure, Page } from "./walker.mjs";

const issuer = process.env.ISSUER;
const home = process.env.SIGNET_TEST_HOME;
const guide = path.join(import.meta.dirname, "guides");
const bank = "https://bank.example";
const rita = await Person.signedIn(issuer, "Rita");

const payment = (amount) => ({
  type: "payment",
  creditorName: "Merchant A",
  creditorAccount: { iban: "DE02100100109307118603" },
  instructedAmount: { currency: "EUR", amount },
});
const account = { type: "account", iban: "DE02100100109307118603", actions: ["balances", "bookings"] };
const refused = (error) => (thrown) => thrown.error === error;

/** The shop of the guide, registered by its commands. */
async function register() {
  for (const file of ["payment.json", "account.json"]) copyFileSync(join(guide, file), join(home, file));
  const env = { ...process.env, APP: "http://127.0.0.1:9601", PATH: `${path.dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}` };
  const registered = await promisify(execFile)("sh", [join(guide, "rich_authorization.sh"), "--json"], { env, cwd: home });
  const client = JSON.parse(registered.stdout);
  const config = await discovered(issuer, client, oidc.ClientSecretBasic(client.client_secret));
  return { client, shop: new Shop(config, "http://127.0.0.1:9601/callback", undefined, "openid") };
}

/** The way to a code, by PAR: the details do not travel through the browser. Answers the page that asked, and what redeems the code. */
async function visit(shop, details) {
  const asked = await shop.asks({ authorization_details: JSON.stringify(details) });
  const page = await rita.walker.open(await oidc.buildAuthorizationUrlWithPAR(shop.config, asked.parameters));
  const end = page instanceof Page ? await rita.walker.submit(page, "#consent-allow") : page;
  assert.ok(end instanceof Departure, `not sent back: ${end.text?.slice(0, 300)}`);
  const checks = { pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce, idTokenExpected: true };
  return { page, redeem: (more) => oidc.authorizationCodeGrant(shop.config, new URL(end.url), checks, more) };
}

test("rich authorization requests", { timeout: 120_000 }, async (t) => {
  const { client, shop } = await register();

  await t.test("a payment is read, allowed, and stands in the token", async () => {
    const { page, redeem } = await visit(shop, [payment("123.50")]);
    for (const words of ["Make a payment", "Merchant A", "123.50 EUR", "DE02100100109307118603", "Example Bank"]) {
      assert.ok(page.text.includes(words), `${words}: ${page.text}`);
    }
    const tokens = await redeem();
    assert.deepEqual(tokens.authorization_details, [payment("123.50")]);
    const { payload } = await shop.verified(tokens.access_token, { audience: bank, typ: "at+jwt" });
    assert.deepEqual(payload.authorization_details, [payment("123.50")]);
    const told = await oidc.tokenIntrospection(shop.config, tokens.access_token);
    assert.deepEqual([told.active, told.authorization_details], [true, [payment("123.50")]]);
  });

  await t.test("a payment is asked for each time", async () => {
    assert.ok((await visit(shop, [payment("7.00")])).page instanceof Page);
    assert.ok((await visit(shop, [payment("7.00")])).page instanceof Page);
  });

  await t.test("a token request narrows and never widens", async () => {
    const both = [payment("1.00"), payment("2.00")];
    const { redeem } = await visit(shop, both);
    const tokens = await redeem({ authorization_details: JSON.stringify(both.slice(0, 1)) });
    assert.deepEqual(tokens.authorization_details, both.slice(0, 1));
    const next = await oidc.refreshTokenGrant(shop.config, tokens.refresh_token);
    assert.deepEqual(next.authorization_details, both);
    const wider = oidc.refreshTokenGrant(shop.config, next.refresh_token, { authorization_details: JSON.stringify([payment("3.00")]) });
    await assert.rejects(wider, refused("invalid_authorization_details"));
    await oidc.refreshTokenGrant(shop.config, next.refresh_token);
  });

  await t.test("what is not as its type has it, or not for this client, is refused", async () => {
    for (const details of [[payment("7")], [{ ...payment("7.00"), urgent: true }], [account], [{ type: "loan" }]]) {
      await assert.rejects(visit(shop, details), refused("invalid_authorization_details"), JSON.stringify(details));
    }
  });

  await t.test("the operator gives the shop another type", async () => {
    const file = join(home, "types.json");
    writeFileSync(file, JSON.stringify({ authorization_details_types: ["payment", "account"] }));
    await signet("client", "update", client.client_id, "--import", file);
    const { page, redeem } = await visit(shop, [account]);
    assert.ok(page.text.includes("See an account") && page.text.includes("Bookings"), page.text);
    assert.deepEqual((await redeem()).authorization_details, [account]);
    assert.ok((await visit(shop, [account])).page instanceof Departure, "an account that was allowed is not asked for again");
  });

  await t.test("discovery names the types, within half a minute", async () => {
    const document = async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    let types;
    for (let tries = 0; tries < 45 && !types?.includes("payment"); tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 1000));
      types = (await document()).authorization_details_types_supported;
    }
    assert.deepEqual(types, ["account", "payment"]);
  });
});
