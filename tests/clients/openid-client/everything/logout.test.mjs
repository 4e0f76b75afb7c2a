// The end of a session reaches the client from server to server (OpenID Connect Back-Channel Logout 1.0), over https under the
// installation's own authority, and the person gets back to it (RP-Initiated Logout 1.0).
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { signet } from "../signet.mjs";
import { Site } from "./site.mjs";

const issuer = process.env.ISSUER;
const EVENT = "http://schemas.openid.net/event/backchannel-logout";
let site;

before(async () => (site = await Site.open()));
after(() => site?.close());

/** A shop that listens at this path, somebody new who is signed in there, and the tokens. */
async function visited(path, options = []) {
  const shop = await Shop.open(issuer, {
    options: ["--first-party", "--backchannel-logout-uri", `${site.origin}${path}`, "--backchannel-session-required", ...options],
  });
  const person = await Person.signedIn(issuer, "Alice");
  const visit = await shop.visit({ scope: "openid" });
  return { shop, person, tokens: await shop.redeem(visit, await person.arrive(visit.url)) };
}

/** The logout token that comes to this path, checked as §2.6 demands. */
async function told(shop, path) {
  const form = await site.posted(path);
  assert.deepEqual([...form.keys()], ["logout_token"]);
  const { payload, protectedHeader } = await shop.verified(form.get("logout_token"), {
    typ: "logout+jwt",
    audience: shop.clientId,
    requiredClaims: ["iat", "exp", "jti", "events", "sid"],
  });
  assert.deepEqual(payload.events, { [EVENT]: {} });
  assert.ok(!("nonce" in payload));
  return { payload, alg: protectedHeader.alg };
}

test("the client's own wish: back to it, and the logout token arrives", async () => {
  const { shop, person, tokens } = await visited("/out/1");
  const state = oidc.randomState();
  const url = shop.logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: shop.goodbye, state });
  assert.equal((await person.arrive(url)).href, `${shop.goodbye}?state=${state}`);
  const { payload } = await told(shop, "/out/1");
  assert.deepEqual([payload.sid, payload.sub], [tokens.claims().sid, tokens.claims().sub]);
  await assert.rejects(shop.userinfo(tokens.access_token, person.subject), (thrown) => thrown.status === 401);
});

test("every client of the session hears of it, in its own algorithm", async () => {
  const { person, tokens, shop } = await visited("/out/2");
  const other = await Shop.open(issuer, {
    options: ["--first-party", "--backchannel-logout-uri", `${site.origin}/out/3`, "--id-token-alg", "ES256"],
    metadata: { id_token_signed_response_alg: "ES256" },
  });
  const visit = await other.visit({ scope: "openid" });
  await other.redeem(visit, await person.arrive(visit.url));
  await person.arrive(shop.logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: shop.goodbye }));
  const [first, second] = [await told(shop, "/out/2"), await told(other, "/out/3")];
  assert.equal(first.payload.sid, second.payload.sid);
  assert.notEqual(first.payload.jti, second.payload.jti);
  assert.deepEqual([first.alg, second.alg], ["RS256", "ES256"]);
});

test("a person whom the operator locks out is signed out of the client", async () => {
  const { shop, person, tokens } = await visited("/out/4");
  await signet("user", "lock", person.subject);
  const { payload } = await told(shop, "/out/4");
  assert.deepEqual([payload.sid, payload.sub], [tokens.claims().sid, person.subject]);
});

test("pairwise clients are told the subject that they know", async () => {
  const { shop, person, tokens } = await visited("/out/5", ["--subject-type", "pairwise"]);
  await person.arrive(shop.logoutUrl({ id_token_hint: tokens.id_token, post_logout_redirect_uri: shop.goodbye }));
  const { payload } = await told(shop, "/out/5");
  assert.equal(payload.sub, tokens.claims().sub);
  assert.notEqual(payload.sub, person.subject);
});

test("what came of it can be looked up", async () => {
  const sent = await signet("session", "notices", "--state", "sent");
  assert.ok(sent.length >= 5, `${sent.length} notices were sent`);
});
