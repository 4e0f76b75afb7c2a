// What tokens say, to whom, and when they die: introspection, revocation, formats, algorithms, subjects.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { signet } from "../signet.mjs";
import { service } from "./service.mjs";
import { Site } from "./site.mjs";

const issuer = process.env.ISSUER;
let site, alice;

before(async () => {
  site = await Site.open();
  alice = await Person.signedIn(issuer, "Alice");
});
after(() => site?.close());

/** An app with these options, and Alice's tokens for it. */
async function opened(options = [], more = {}) {
  const shop = await Shop.open(issuer, { options: ["--first-party", ...options], ...more });
  const visit = await shop.visit(more.asking);
  return { shop, tokens: await shop.redeem(visit, await alice.arrive(visit.url)) };
}

const inactive = (answer) => assert.deepEqual(answer, { active: false });

test("introspection tells the token's own client, permitted ones, and nobody else", async () => {
  const { shop, tokens } = await opened();
  const told = await oidc.tokenIntrospection(shop.config, tokens.access_token);
  assert.deepEqual([told.active, told.sub, told.client_id], [true, alice.subject, shop.clientId]);
  assert.equal((await oidc.tokenIntrospection(shop.config, tokens.refresh_token)).active, true);
  const gateway = await service(issuer, { options: ["--may-introspect"] });
  assert.equal((await oidc.tokenIntrospection(gateway.config, tokens.access_token)).sub, alice.subject);
  const stranger = await service(issuer);
  inactive(await oidc.tokenIntrospection(stranger.config, tokens.access_token));
  inactive(await oidc.tokenIntrospection(shop.config, "no token at all"));
});

for (const alg of ["RS256", "ES256"])
  test(`introspection signed by ${alg} (RFC 9701)`, async () => {
    const { tokens } = await opened();
    const options = ["--may-introspect", "--introspection-alg", alg];
    // openid-client asks for the signed form because of this, and verifies it by JWKS.
    const gateway = await service(issuer, { options, metadata: { introspection_signed_response_alg: alg } });
    const told = await oidc.tokenIntrospection(gateway.config, tokens.access_token);
    assert.deepEqual([told.active, told.sub], [true, alice.subject]);
    inactive(await oidc.tokenIntrospection(gateway.config, "no token at all"));
  });

test("a revoked refresh token takes its access tokens with it, at once", async () => {
  const { shop, tokens } = await opened();
  await shop.userinfo(tokens.access_token, alice.subject);
  await oidc.tokenRevocation(shop.config, tokens.refresh_token);
  inactive(await oidc.tokenIntrospection(shop.config, tokens.access_token));
  await assert.rejects(shop.userinfo(tokens.access_token, alice.subject), (thrown) => thrown.status === 401);
  await assert.rejects(shop.refresh(tokens.refresh_token), (thrown) => thrown.error === "invalid_grant");
  await oidc.tokenRevocation(shop.config, "no token at all"); // 200, RFC 7009 §2.2
});

test("a revoked access token dies alone; somebody else's stays", async () => {
  const { shop, tokens } = await opened();
  const other = await opened();
  await assert.rejects(oidc.tokenRevocation(other.shop.config, tokens.access_token));
  await shop.userinfo(tokens.access_token, alice.subject);
  await oidc.tokenRevocation(shop.config, tokens.access_token);
  inactive(await oidc.tokenIntrospection(shop.config, tokens.access_token));
  await shop.refresh(tokens.refresh_token);
});

test("an opaque access token opens userinfo and says nothing by itself", async () => {
  const { shop, tokens } = await opened(["--access-token-format", "opaque"]);
  assert.equal(tokens.access_token.split(".").length, 1);
  assert.equal((await shop.userinfo(tokens.access_token, alice.subject)).email, alice.email);
  assert.equal((await oidc.tokenIntrospection(shop.config, tokens.access_token)).sub, alice.subject);
});

test("an API asks about the opaque tokens that are for it", async () => {
  const word = alice.email.split("@")[0];
  const uri = `https://ledger.${word}.example.test/`;
  await signet("resource", "create", "--uri", uri, "--scope", `ledger:${word}`, "--access-token-format", "opaque");
  const { tokens } = await opened([], { scope: `openid ledger:${word}`, asking: { resource: uri } });
  const api = await service(issuer, { options: ["--client-id", uri] });
  const told = await oidc.tokenIntrospection(api.config, tokens.access_token);
  assert.deepEqual([told.active, told.sub, told.scope, told.aud], [true, alice.subject, `ledger:${word}`, uri]);
});

for (const alg of ["RS256", "PS256", "ES256", "EdDSA"])
  test(`ID token and userinfo signed by ${alg}`, async () => {
    const metadata = { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg };
    const { shop, tokens } = await opened(["--id-token-alg", alg, "--userinfo-alg", alg], { metadata });
    assert.equal((await shop.verified(tokens.id_token, { audience: shop.clientId })).protectedHeader.alg, alg);
    // openid-client refuses a plain answer here, and verifies the signed one by JWKS.
    assert.equal((await shop.userinfo(tokens.access_token, alice.subject)).email, alice.email);
  });

test("pairwise: one name in each sector", async () => {
  const pairwise = ["--subject-type", "pairwise"];
  const sector = site.serve("/sector.json", ["http://127.0.0.1:9601/cb"]);
  const alone = await opened(pairwise);
  const [one, two] = [0, 1].map(() => opened([...pairwise, "--sector-identifier-uri", sector]));
  const [sub, same] = [(await one).tokens.claims().sub, (await two).tokens.claims().sub];
  assert.equal(sub, same);
  assert.notEqual(sub, alice.subject);
  assert.notEqual(sub, alone.tokens.claims().sub);
  const { shop, tokens } = await one;
  assert.equal((await shop.userinfo(tokens.access_token, sub)).email, alice.email);
  assert.equal((await shop.verified(tokens.access_token, { typ: "at+jwt" })).payload.sub, sub);
});
