// A person takes back what they allowed, on their own page, and the app notices at once.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";
import { Shop } from "./shop.mjs";
import { signet } from "./signet.mjs";
import { Page } from "./walker.mjs";

const issuer = process.env.ISSUER;
const mallory = await Person.signedIn(issuer, "Mallory");
const unauthorized = (thrown) => thrown.status === 401;

/** An app of this name, and what Mallory has allowed it. */
async function allowed(name, options = []) {
  const shop = await Shop.open(issuer, { name, options });
  return { shop, tokens: await allow(shop) };
}

async function allow(shop) {
  const visit = await shop.visit();
  const consent = await mallory.walker.open(visit.url);
  assert.ok(consent instanceof Page && consent.document.querySelector("#consent-allow"), "the person is asked");
  return shop.redeem(visit, (await mallory.walker.submit(consent, "#consent-allow")).url);
}

for (const [format, options] of [["a JWT", []], ["opaque", ["--access-token-format", "opaque"]]])
  test(`what was allowed is listed, and ends when it is withdrawn (access token: ${format})`, async () => {
    const { shop, tokens } = await allowed("Diary", options);
    const other = await allowed("Calendar");
    const list = await mallory.walker.open("/account/consents");
    for (const words of ["Diary", "Calendar", "also while you are away"]) assert.match(list.text, new RegExp(words));

    const left = await mallory.withdraw("Diary");
    assert.doesNotMatch(left.text, /access of Diary/);
    await assert.rejects(shop.userinfo(tokens.access_token, mallory.subject), unauthorized);
    await assert.rejects(shop.refresh(tokens.refresh_token), (thrown) => thrown.error === "invalid_grant");
    for (const token of [tokens.access_token, tokens.refresh_token])
      assert.deepEqual(await oidc.tokenIntrospection(shop.config, token), { active: false });

    await other.shop.userinfo((await other.shop.refresh(other.tokens.refresh_token)).access_token, mallory.subject);
    const silent = await mallory.arrive((await shop.visit({ prompt: "none" })).url);
    assert.equal(silent.searchParams.get("error"), "consent_required");
    const again = await allow(shop);
    assert.equal((await shop.userinfo(again.access_token, mallory.subject)).email, mallory.email);
    for (const name of ["Diary", "Calendar"]) await mallory.withdraw(name);
  });

test("the operator takes it back as well", async () => {
  const { shop, tokens } = await allowed("Notes");
  const listed = await signet("user", "consents", mallory.email);
  assert.equal(listed.length, 1, JSON.stringify(listed));
  await signet("user", "withdraw", mallory.email, "--client-id", shop.clientId);
  await assert.rejects(shop.userinfo(tokens.access_token, mallory.subject), unauthorized);
  await assert.rejects(shop.refresh(tokens.refresh_token), (thrown) => thrown.error === "invalid_grant");
});
