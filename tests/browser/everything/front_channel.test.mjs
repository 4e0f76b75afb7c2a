// Applications in Chromium hear of a sign-out by being loaded in frames of Signet's page (OpenID Connect Front-Channel Logout 1.0).
// They and Signet are different sites under https. Run it by `scripts/manage.sh test browser`.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { someoneKnown } from "../people.mjs";
import { Shop } from "../shop.mjs";
import { launch, Visitor } from "../visitor.mjs";

const issuer = process.env.ISSUER;
let browser, shop, forum;

const listening = (origin) => ["--first-party", "--frontchannel-logout-uri", `${origin}/front`, "--frontchannel-session-required"];

before(async () => {
  browser = await launch();
  const options = listening;
  [shop, forum] = [await Shop.open(issuer, { options }), await Shop.open(issuer, { options })];
});

after(async () => {
  await browser?.close();
  shop?.close();
  forum?.close();
});

/** The page goes on by itself, which is what the frames are for; there is a link as well. */
const GOES_ON = { except: ["meta-refresh"] };

for (const scripts of [true, false])
  test(`sign-outs, scripts ${scripts ? "on" : "off"}`, { timeout: 120_000 }, async (t) => {
    const hosts = [new URL(issuer).host, new URL(shop.origin).host, new URL(forum.origin).host];
    const visitor = await Visitor.arrive(browser, { size: "desktop", scheme: "light", scripts, hosts, folder: "sessions" });
    const [alice, bob] = [someoneKnown("Alice"), someoneKnown("Bob")];
    try {
      await signsIn(visitor, alice);
      await signsOut(visitor);
      await signsIn(visitor, alice);
      await signsOutByTheShop(visitor);
      await signsIn(visitor, alice);
      await isTakenOver(visitor, bob);
    } catch (error) {
      t.diagnostic(`at ${visitor.page.url()}: ${(await visitor.words()).slice(0, 600)}`);
      throw error;
    } finally {
      await visitor.leave();
    }
  });

async function signsIn(visitor, person) {
  await visitor.open(shop.start());
  await visitor.press("#start");
  await visitor.fill({ username: person.email, password: person.password }, "#login-submit");
  await visitor.says(new RegExp(`Hello ${person.name}`));
  await visitor.open(forum.start());
  await visitor.press("#start");
  await visitor.says(new RegExp(`Hello ${person.name}`));
  assert.equal(forum.sid, shop.sid, "one session");
}

/** What both applications heard, through their frames, since `before`. */
async function heard(visitor, sid, before) {
  for (const [app, count] of [[shop, before.shop], [forum, before.forum]]) {
    const frame = visitor.page.frames().find((frame) => frame.url().startsWith(`${app.origin}/front`));
    assert.ok(frame, `a frame of ${app.origin}`);
    await frame.waitForLoadState();
    assert.deepEqual(app.heard.slice(count), [{ iss: issuer, sid }]);
  }
}

const counts = () => ({ shop: shop.heard.length, forum: forum.heard.length });

/** By the button at home: the page stays. */
async function signsOut(visitor) {
  const [before, { sid }] = [counts(), shop];
  await visitor.open(`${issuer}/`);
  await visitor.press("main form[action='/sign-out'] button");
  await visitor.says(/signed out/i);
  await visitor.look("signed-out-with-frames");
  await heard(visitor, sid, before);
}

/** At an application's wish: the page loads the frames, then goes on to the application. */
async function signsOutByTheShop(visitor) {
  const [before, { sid }] = [counts(), shop];
  const goOn = await visitor.hold(`${shop.origin}/bye`);
  await visitor.open(`${issuer}/oauth2/logout?${new URLSearchParams({ client_id: shop.clientId, post_logout_redirect_uri: `${shop.origin}/bye` })}`);
  await visitor.press("#logout-confirm");
  await visitor.says(/Back to Shop/);
  await heard(visitor, sid, before);
  await visitor.look("signed-out-and-on", GOES_ON);
  goOn();
  await visitor.page.waitForURL(`${shop.origin}/bye`);
}

/** Somebody else signs in over the session: the first person's applications hear of it, then it goes on. */
async function isTakenOver(visitor, person) {
  const [before, { sid }] = [counts(), shop];
  await visitor.open(shop.start({ prompt: "login" }));
  await visitor.press("#start");
  const goOn = await visitor.hold((url) => url.origin === issuer && url.pathname === "/oauth2/resume");
  await visitor.fill({ username: person.email, password: person.password }, "#login-submit");
  await visitor.says(/signed in/i);
  await heard(visitor, sid, before);
  await visitor.look("taken-over", GOES_ON);
  goOn();
  await visitor.page.waitForURL((url) => url.origin === shop.origin);
  await visitor.says(new RegExp(`Hello ${person.name}`));
  assert.notEqual(shop.sid, sid);
}
