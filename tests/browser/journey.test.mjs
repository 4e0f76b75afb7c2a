// A person in Chromium registers, verifies, signs in at an app, changes and resets the password, and signs out: with and without
// scripts, in light and dark, on a phone and on a desktop. Run it by `scripts/manage.sh test browser`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { after, before } from "node:test";
import { codeIn, linkIn, mailTo } from "../clients/mail-sink/inbox.mjs";
import { Device } from "./device.mjs";
import { Shop } from "./shop.mjs";
import { Till } from "./till.mjs";
import { launch, SIZES, Visitor } from "./visitor.mjs";

const issuer = process.env.ISSUER;
const origin = new URL(issuer).origin;
let browser, shop, television, tills;

before(async () => {
  browser = await launch();
  shop = await Shop.open(issuer);
  television = await Device.register(issuer);
  tills = [await Till.register(issuer, "Till 7"), await Till.register(issuer, "Call center")];
});

after(async () => {
  await browser?.close();
  shop?.close();
});

const someone = () => ({
  name: "Carol Example",
  email: `carol-${randomBytes(4).toString("hex")}@example.test`,
  password: `several quiet words ${randomBytes(4).toString("hex")}`,
});

for (const size of Object.keys(SIZES))
  for (const scheme of ["light", "dark"])
    for (const scripts of [true, false])
      test(`${size}, ${scheme}, scripts ${scripts ? "on" : "off"}`, { timeout: 240_000 }, async (t) => {
        const hosts = [new URL(origin).host, new URL(shop.origin).host];
        const visitor = await Visitor.arrive(browser, { size, scheme, scripts, hosts });
        const person = someone();
        try {
          await registers(visitor, person);
          await verifies(visitor, person);
          await visitor.context.clearCookies();
          await signsIn(visitor, person);
          await comesBack(visitor, person);
          await signsADeviceIn(visitor, person);
          await answersATill(visitor, person);
          await changesPassword(visitor, person);
          await signsOut(visitor);
          await forgets(visitor, person);
          await refuses(visitor, person);
          await meetsErrors(visitor);
        } catch (error) {
          t.diagnostic(`at ${visitor.page.url()}: ${(await visitor.words()).slice(0, 600)}`);
          throw error;
        } finally {
          await visitor.leave();
        }
      });

async function registers(visitor, person) {
  await visitor.open(`${origin}/`);
  await visitor.look("home-anonymous");
  await visitor.open(`${origin}/register`);
  await visitor.look("register");
  await visitor.fill({ email: person.email, password: "short", name: person.name });
  await visitor.look("register-error");
  assert.equal(await visitor.page.inputValue("main [name=email]"), person.email, "values survive an error");
  assert.equal(await visitor.page.inputValue("main [name=password]"), "", "passwords do not");
  await visitor.fill({ email: person.email, password: person.password, name: person.name });
  await visitor.says(/mail/i);
  await visitor.look("register_done");
}

/** With scripts by the code, without them by the link: both ways are walked. */
async function verifies(visitor, person) {
  const mail = await mailTo(person.email, /confirm|verif/i);
  assert.ok(mail.html.includes("<"), "the mail has an HTML part");
  if (visitor.scripts) {
    await visitor.fill({ code: "000000" === codeIn(mail) ? "111111" : "000000" });
    await visitor.look("verify_email-wrong-code");
    await visitor.fill({ code: codeIn(mail) });
  } else {
    await visitor.open(linkIn(mail, origin));
    await visitor.look("verify_email");
    await visitor.press("main form:has([name=token]) button.button");
  }
  assert.equal(await visitor.page.locator("main [name=code]").count(), 0, "the address is proved");
  await visitor.look("verify_email_done");
}

async function signsIn(visitor, person) {
  await visitor.open(shop.start());
  visitor.requests.length = 0;
  await visitor.press("#start");
  await visitor.says(/Sign in/);
  await visitor.has("#username", "#password", "#login-submit");
  await keepsToItsBudget(visitor);
  await visitor.look("login");
  await visitor.fill({ username: person.email, password: "not the password" }, "#login-submit");
  await visitor.has("#problem");
  if (visitor.scripts) assert.equal(await visitor.page.evaluate(() => document.activeElement.id), "problem", "the summary takes focus");
  await visitor.look("login-error");
  await visitor.fill({ password: person.password }, "#login-submit");
  await visitor.has("#consent-allow", "#consent-deny");
  await visitor.says(/Shop/);
  await visitor.look("consent");
  await visitor.press("#consent-allow");
  await visitor.says(new RegExp(`GET Hello ${person.name} <${person.email}>`));
}

/** Eight seconds of somebody's attention: at most 30 KB in at most four requests. */
async function keepsToItsBudget(visitor) {
  const loaded = visitor.requests.filter((response) => response.url().startsWith(origin) && response.status() === 200);
  const sizes = await Promise.all(loaded.map(async (response) => (await response.body()).length));
  assert.ok(loaded.length <= 4, `${loaded.length} requests`);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 30 * 1024, `the login page weighs ${total} bytes`);
}

async function comesBack(visitor, person) {
  await visitor.open(shop.start());
  await visitor.press("#start");
  await visitor.says(/GET Hello/);
  await visitor.open(shop.start({ prompt: "select_account" }));
  await visitor.press("#start");
  await visitor.says(new RegExp(person.email));
  await visitor.look("select_account");
  await visitor.press("main [name=decision][value=continue]");
  await visitor.says(/GET Hello/);
  await visitor.open(shop.start({ response_mode: "form_post" }));
  await visitor.page.click("#start");
  if (!visitor.scripts) {
    await visitor.page.waitForURL(`${origin}/**`);
    await visitor.look("form_post");
    await visitor.press("main form button");
  }
  await visitor.page.waitForURL(`${shop.origin}/cb`);
  await visitor.says(/POST Hello/);
  await visitor.open(`${origin}/`);
  await visitor.says(new RegExp(person.email));
  await visitor.look("home");
}

async function signsADeviceIn(visitor, person) {
  await visitor.open(`${origin}/device`);
  await visitor.has("#user_code", "#device-submit");
  await visitor.look("device");
  await visitor.fill({ "user_code": "bbbb bbbb" }, "#device-submit");
  await visitor.has("#problem");
  await visitor.look("device-error");
  const { user_code, verification_uri_complete } = await television.begin();
  await visitor.fill({ "user_code": user_code.toLowerCase().replace("-", " ") }, "#device-submit");
  await visitor.has("#device-allow", "#device-deny");
  await visitor.says(new RegExp(`Living room TV.*${user_code}.*${person.email}`));
  await visitor.look("device_confirm");
  // Entered once more by the QR code's address, the code still waits.
  await visitor.open(verification_uri_complete);
  assert.equal(await visitor.page.inputValue("#user_code"), user_code);
  await visitor.look("device-by-qr");
  await visitor.press("#device-submit");
  await visitor.press("#device-allow");
  await visitor.look("device_done");
  assert.match((await television.poll()).scope, /offline_access/);
  await visitor.open((await television.begin()).verification_uri_complete);
  await visitor.press("#device-submit");
  await visitor.press("#device-deny");
  await visitor.look("device_refused");
  assert.equal((await television.poll()).error, "access_denied");
}

async function answersATill(visitor, person) {
  const [till, center] = tills;
  await visitor.open(`${origin}/account/requests`);
  await visitor.look("account_requests-none");
  await till.ask(person.email, "W4SCT · 12,50 €");
  await center.ask(person.email);
  await visitor.open(`${origin}/account/requests`);
  await visitor.says(/Call center.*Till 7/);
  await visitor.look("account_requests");
  await visitor.open(linkIn(await mailTo(person.email, /asks for your approval/i), origin));
  await visitor.has("#ciba-allow", "#ciba-deny");
  await visitor.press("#ciba-deny");
  await visitor.look("account_request_refused");
  await visitor.open(`${origin}/`);
  await visitor.says(/An application asks for your approval/);
  await visitor.look("home-waiting");
  await visitor.press("main .note a");
  await visitor.look("account_request");
  await visitor.press("#ciba-allow");
  await visitor.look("account_request_done");
  const outcomes = [await till.collect(), await center.collect()].map((told) => told.error ?? "tokens");
  assert.deepEqual(outcomes.sort(), ["access_denied", "tokens"]);
}

async function changesPassword(visitor, person) {
  await visitor.open(`${origin}/.well-known/change-password`);
  await visitor.look("change_password");
  const next = `${person.password} again`;
  await visitor.fill({ current_password: "not this one", password: next });
  await visitor.look("change_password-error");
  await visitor.fill({ current_password: person.password, password: next });
  person.password = next;
  await visitor.look("change_password-done");
  await mailTo(person.email, /password.*changed/i);
}

async function signsOut(visitor) {
  await visitor.open(`${origin}/logout`);
  await visitor.has("#logout-confirm");
  await visitor.look("logout");
  await visitor.press("#logout-confirm");
  await visitor.says(/signed out/i);
  await visitor.look("logged_out");
  await visitor.open(shop.start({ prompt: "none" }));
  await visitor.press("#start");
  await visitor.says(/Refused: login_required/);
}

async function forgets(visitor, person) {
  await visitor.open(`${origin}/forgot-password`);
  await visitor.look("forgot_password");
  await visitor.fill({ email: person.email });
  await visitor.look("forgot_password_done");
  await visitor.open(linkIn(await mailTo(person.email, /new password/i), origin));
  await visitor.look("reset_password");
  person.password = `${person.password} once more`;
  await visitor.fill({ password: person.password });
  await visitor.look("reset_password_done");
}

/** The new password opens the door; the person then changes their mind. */
async function refuses(visitor, person) {
  await visitor.context.clearCookies();
  await visitor.open(shop.start({ prompt: "consent" }));
  await visitor.press("#start");
  await visitor.fill({ username: person.email, password: person.password }, "#login-submit");
  await visitor.press("#consent-deny");
  await visitor.says(/Refused: access_denied/);
}

async function meetsErrors(visitor) {
  await visitor.open(shop.start({ redirect_uri: `${shop.origin}/elsewhere` }));
  await visitor.press("#start");
  await visitor.says(/redirect_uri/);
  assert.ok(visitor.page.url().startsWith(origin));
  await visitor.look("error-redirect_uri");
  const answer = await visitor.open(`${origin}/no-such-page`);
  assert.equal(answer.status(), 404);
  await visitor.look("error-not-found");
}
