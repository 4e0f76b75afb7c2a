// Apache httpd with mod_auth_openidc as it stands in docs/guides/apache.md: a wiki with a secret that hears of sign-outs by the back
// channel, and an intranet with a key that hears of them by the front channel. Run it by `scripts/manage.sh test sites`.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch } from "../browser/visitor.mjs";
import { arrive, everybodyIsTold, intranet, issuer, journey, mustSignIn, person, signet, signIn, wiki } from "./site.mjs";

const step = journey();
let browser, visitor, zoe;

before(async () => {
  browser = await launch();
  // This Apache forbids to show its answer to a sign-out in a frame; when the browser knows that, the sign-out is done.
  visitor = await arrive(browser, { forgiven: new RegExp(`Refused to display '${intranet}/' in a frame`) });
  zoe = person("Zoë Müller");
});
after(() => browser?.close());

/** The authorization requests that the browser was sent with since the last look, as their parameters. */
function asked() {
  const urls = visitor.requests.splice(0).map((response) => new URL(response.url()));
  return urls.filter((url) => url.pathname === "/oauth2/authorize").map((url) => url.searchParams);
}

const informed = async () => JSON.parse(await (await visitor.context.request.get(`${intranet}/signet?info=json`)).text());

/** Opens the wiki and the intranet; the session at Signet is there, or nothing is asked any more. */
async function isInBoth() {
  await visitor.open(`${wiki}/`);
  await visitor.says(/Hello Zoë Müller/);
  await visitor.open(`${intranet}/`);
  await visitor.says(/Intranet of/);
}

/** The intranet heard nothing, neither in the browser nor from Signet: it is told when it renews its access token. */
async function isOutByRefusal() {
  await visitor.open(`${intranet}/`);
  assert.equal(visitor.page.url(), `${intranet}/goodbye.html`);
  await mustSignIn(visitor, `${intranet}/`);
}

step("a protected page leads to Signet and back, with what the person allowed", async () => {
  await mustSignIn(visitor, `${wiki}/`);
  const [request] = asked();
  assert.equal(request.get("client_id"), "wiki");
  assert.equal(request.get("code_challenge_method"), "S256");
  await visitor.look("apache-login");
  await signIn(visitor, zoe);
  await visitor.says(/Wiki/);
  await visitor.look("apache-consent");
  await visitor.press("#consent-allow");
  assert.equal(visitor.page.url(), `${wiki}/`);
  await visitor.says(/Hello Zoë Müller/);
  assert.equal(await visitor.page.innerText("#email"), zoe.email);
  assert.match(await visitor.page.innerText("#user"), /^[\w-]{8,}$/);
  await visitor.look("apache-wiki");
});

step("the second site asks with a signed request and a key of its own, and no password", async () => {
  asked();
  await visitor.open(`${intranet}/`);
  const [request] = asked();
  assert.ok(request.has("request") && !request.has("redirect_uri") && !request.has("state"));
  await visitor.says(/Intranet/);
  assert.equal(await visitor.page.locator("#password").count(), 0);
  await visitor.press("#consent-allow");
  await visitor.says(new RegExp(`Intranet of ${zoe.email}`));
});

step("an access token near its end is renewed by its refresh token", async () => {
  const first = await informed();
  assert.equal(first.userinfo.email, zoe.email);
  // Tokens live 30 s here and are renewed below 60, so at every page; a second later that can be seen.
  const deadline = Date.now() + 20_000;
  let later = first;
  while (later.access_token_expires === first.access_token_expires) {
    assert.ok(Date.now() < deadline, "the access token is still the first one");
    await visitor.open(`${intranet}/`);
    await visitor.says(/Intranet of/);
    later = await informed();
  }
});

step("somebody else may begin the sign-in", async () => {
  const elsewhere = await arrive(browser);
  const query = new URLSearchParams({ iss: issuer, target_link_uri: `${wiki}/index.html`, login_hint: zoe.email });
  await elsewhere.open(`${wiki}/signet?${query}`);
  assert.equal(await elsewhere.page.inputValue("#username"), zoe.email);
  await elsewhere.fill({ password: zoe.password }, "#login-submit");
  assert.equal(elsewhere.page.url(), `${wiki}/index.html`);
  await elsewhere.leave();
});

step("signing out at Apache ends the session at Signet, and so the other site's", async () => {
  await isInBoth();
  await visitor.press("#sign-out");
  await visitor.page.waitForURL(`${intranet}/goodbye.html`);
  await visitor.says(/You are signed out/);
  const [notice] = await everybodyIsTold();
  assert.equal(notice.state, "sent", JSON.stringify(notice));
  await mustSignIn(visitor, `${wiki}/`);
  await mustSignIn(visitor, `${intranet}/`);
});

step("the front channel reaches a site that the sign-out did not begin at", async () => {
  await mustSignIn(visitor, `${wiki}/`);
  await signIn(visitor, zoe);
  await isInBoth();
  await visitor.open(`${wiki}/`);
  visitor.requests.length = 0;
  const goOn = await visitor.hold(`${wiki}/goodbye.html`);
  await visitor.press("#sign-out");
  await visitor.says(/signed out/);
  // It goes on by itself, so that the frames have a moment (Front-Channel Logout 1.0 §3); a link goes at once.
  await visitor.look("apache-signed-out", { except: ["meta-refresh"] });
  goOn();
  await visitor.page.waitForURL(`${wiki}/goodbye.html`);
  const frame = visitor.requests.find((answer) => answer.url().startsWith(`${intranet}/signet?logout=get`));
  assert.equal(frame?.status(), 200);
  const said = new URL(frame.url()).searchParams;
  assert.equal(said.get("iss"), issuer);
  assert.ok(said.get("sid"));
  await mustSignIn(visitor, `${intranet}/`);
});

step("signing out at Signet ends the site's session: the next request must sign in", async () => {
  await signIn(visitor, zoe);
  await isInBoth();
  await visitor.open(`${issuer}/`);
  await visitor.look("apache-account");
  await visitor.press("form[action='/sign-out'] button");
  await visitor.says(/signed out/);
  const [notice] = await everybodyIsTold();
  assert.equal(notice.state, "sent", JSON.stringify(notice));
  await mustSignIn(visitor, `${wiki}/`);
  await mustSignIn(visitor, `${intranet}/`);
});

step("another device that is signed out from the account is out at the sites, too", async () => {
  const elsewhere = await arrive(browser);
  await mustSignIn(elsewhere, `${wiki}/`);
  await signIn(elsewhere, zoe);
  await elsewhere.says(/Hello/);
  await signIn(visitor, zoe);
  await isInBoth();
  await elsewhere.open(`${issuer}/`);
  await elsewhere.press("form:has([value=others]) button");
  await everybodyIsTold();
  await elsewhere.open(`${wiki}/`);
  await elsewhere.says(/Hello/);
  await mustSignIn(visitor, `${wiki}/`);
  await isOutByRefusal();
  await elsewhere.leave();
});

step("whoever is locked out is out everywhere and does not come in again", async () => {
  await signIn(visitor, zoe);
  await isInBoth();
  signet(["user", "lock", zoe.email]);
  await everybodyIsTold();
  await isOutByRefusal();
  await mustSignIn(visitor, `${wiki}/`);
  await signIn(visitor, zoe);
  await visitor.has("#problem");
});
