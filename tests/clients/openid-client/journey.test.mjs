// A person and an app that know nothing of Signet but its issuer: register, verify, sign in, allow, tokens, refresh, sign out.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";
import { Shop } from "./shop.mjs";
import { Departure, Page } from "./walker.mjs";

const issuer = process.env.ISSUER;
const alice = new Person(issuer, "Alice");
let shop, first, tokens;
let broken = false;

/** The steps build on each other: after a failure the rest would only repeat it. */
function step(name, walk) {
  test(name, { timeout: 120_000 }, async (t) => {
    if (broken) return t.skip("an earlier step failed");
    broken = true;
    await walk();
    broken = false;
  });
}

/** The `error` of a refused token request. */
const refused = (error) => (thrown) => {
  assert.equal(thrown.error, error, thrown.message);
  assert.equal(thrown.status, error === "invalid_client" ? 401 : 400);
  return true;
};

step("discovery is consistent", async () => {
  shop = await Shop.open(issuer);
  const metadata = shop.config.serverMetadata();
  assert.equal(metadata.issuer, issuer);
  const oauth = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  assert.equal(oauth.token_endpoint, metadata.token_endpoint);
  for (const [name, value] of Object.entries(metadata)) {
    if (name.endsWith("_endpoint") || name.endsWith("_uri")) assert.ok(value.startsWith(`${issuer}/`), `${name} is ${value}`);
  }
  assert.ok(metadata.id_token_signing_alg_values_supported.includes("RS256"));
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
  assert.ok(metadata.authorization_response_iss_parameter_supported);
  const { keys } = await (await fetch(metadata.jwks_uri)).json();
  assert.ok(keys.length > 0 && keys.every((key) => key.kid && (key.alg || key.use === "enc") && !("d" in key) && !("p" in key)));
  for (const alg of metadata.id_token_signing_alg_values_supported) assert.ok(keys.some((key) => key.alg === alg), `no ${alg} key`);
});

step("an unknown redirect_uri is a page, never a redirect", async () => {
  const { url } = await shop.visit({ redirect_uri: "http://127.0.0.1:9601/elsewhere" });
  const page = await alice.walker.open(url);
  assert.ok(page instanceof Page);
  assert.equal(page.status, 400);
  assert.match(page.text, /redirect_uri/);
});

step("an address that is not verified gets no code", async () => {
  await alice.register();
  const page = await alice.signIn(await alice.walker.open((await shop.visit()).url));
  assert.ok(page instanceof Page, `left for ${page.url}`);
  assert.equal(page.document.querySelector("#consent-allow"), null);
});

step("the link of the mail verifies once", async () => {
  const { link } = await alice.verify();
  const again = await alice.walker.open(link);
  if (again.document.querySelector("input[name=token]")) {
    const second = await alice.walker.submit(again, "input[name=token]");
    assert.ok(second.status >= 400, `a used link answered ${second.status}`);
  }
});

step("wrong password, then sign in and allow: the app gets a code", async () => {
  alice.changeBrowser();
  first = await shop.visit({ prompt: "consent" });
  const login = await alice.walker.open(first.url);
  const wrong = await alice.signIn(login, "not the password");
  assert.ok(wrong instanceof Page);
  assert.equal(wrong.find("#username").getAttribute("value"), alice.email, "the name survives the error");
  const consent = await alice.signIn(wrong);
  assert.match(consent.text, /Shop/);
  consent.find("#consent-deny");
  const arrival = await alice.walker.submit(consent, "#consent-allow");
  assert.ok(arrival instanceof Departure, "allowing leads back to the app");
  first.arrival = arrival.url;
  assert.equal(`${arrival.url.origin}${arrival.url.pathname}`, shop.callback);
  assert.equal(arrival.url.searchParams.get("iss"), issuer);
  tokens = await shop.redeem(first, first.arrival);
});

step("ID and access token verify through JWKS", async () => {
  const id = await shop.verified(tokens.id_token, {
    audience: shop.clientId,
    requiredClaims: ["sub", "exp", "iat", "nonce", "at_hash", "sid"],
  });
  assert.equal(id.protectedHeader.alg, "RS256");
  const access = await shop.verified(tokens.access_token, {
    typ: "at+jwt",
    requiredClaims: ["sub", "aud", "exp", "iat", "jti", "client_id", "scope"],
  });
  assert.equal(access.payload.client_id, shop.clientId);
  assert.equal(access.payload.sub, id.payload.sub);
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.expires_in, access.payload.exp - access.payload.iat);
  await assert.rejects(shop.verified(tokens.id_token, { typ: "at+jwt" }), "an ID token is no access token");
});

step("userinfo knows the person", async () => {
  const { sub } = tokens.claims();
  const person = await shop.userinfo(tokens.access_token, sub);
  assert.equal(person.email, alice.email);
  assert.equal(person.email_verified, true);
  assert.equal(person.name, alice.name);
});

step("a repeated refresh gets the same successor; an old one kills the family", async () => {
  const oldest = tokens.refresh_token;
  const [one, two] = [await shop.refresh(oldest), await shop.refresh(oldest)];
  assert.notEqual(one.refresh_token, oldest);
  assert.equal(two.refresh_token, one.refresh_token);
  assert.equal((await shop.verified(one.access_token, { typ: "at+jwt" })).payload.sub, tokens.claims().sub);
  const next = await shop.refresh(one.refresh_token);
  await assert.rejects(shop.refresh(oldest), refused("invalid_grant"));
  await assert.rejects(shop.refresh(next.refresh_token), refused("invalid_grant"));
});

step("a wrong verifier gets nothing", async () => {
  const visit = await shop.visit({ scope: "openid" });
  const arrival = await alice.arrive(visit.url);
  await assert.rejects(shop.redeem(visit, arrival, oidc.randomPKCECodeVerifier()), refused("invalid_grant"));
});

step("a replayed code is refused and takes back what it gave", async () => {
  const visit = await shop.visit();
  const arrival = await alice.arrive(visit.url);
  const given = await shop.redeem(visit, arrival);
  await shop.userinfo(given.access_token, given.claims().sub);
  await assert.rejects(shop.redeem(visit, arrival), refused("invalid_grant"));
  await assert.rejects(shop.userinfo(given.access_token, given.claims().sub), (thrown) => thrown.status === 401);
  if (given.refresh_token) await assert.rejects(shop.refresh(given.refresh_token), refused("invalid_grant"));
});

step("refusing leads back to the app with access_denied", async () => {
  const visit = await shop.visit({ prompt: "consent", scope: "openid email" });
  const end = await alice.walker.submit(await alice.walker.open(visit.url), "#consent-deny");
  assert.ok(end instanceof Departure);
  assert.equal(end.url.searchParams.get("error"), "access_denied");
  assert.equal(end.url.searchParams.get("state"), visit.state);
});

step("a public native app uses any loopback port", async () => {
  const app = await Shop.open(issuer, {
    options: ["--public", "--application-type", "native"],
    authentication: oidc.None,
    callback: "http://127.0.0.1:49999/cb",
  });
  const visit = await app.visit({ scope: "openid" });
  const end = await alice.walker.submit(await alice.walker.open(visit.url), "#consent-allow");
  assert.equal(end.url.port, "49999");
  assert.equal((await app.redeem(visit, end.url)).claims().sub, tokens.claims().sub);
});

step("signing out at the provider ends the session", async () => {
  const state = oidc.randomState();
  const end = await alice.arrive(
    shop.logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: shop.goodbye, state }),
  );
  assert.equal(end.href, `${shop.goodbye}?state=${state}`);
  const silent = await alice.arrive((await shop.visit({ prompt: "none", scope: "openid" })).url);
  assert.equal(silent.searchParams.get("error"), "login_required");
});

step("without a hint the person is asked", async () => {
  await alice.signIn(await alice.walker.open("/login"));
  const asked = await alice.walker.open(shop.logoutUrl({}));
  const done = await alice.walker.submit(asked, "#logout-confirm");
  assert.ok(done instanceof Page);
  assert.match(done.text, /signed out/i);
  const silent = await alice.arrive((await shop.visit({ prompt: "none", scope: "openid" })).url);
  assert.equal(silent.searchParams.get("error"), "login_required");
});
