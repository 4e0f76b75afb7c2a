// Assertions of another issuer as grants (RFC 7523 §2.1), made here and taken where the operator registered it.
// Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import test, { before } from "node:test";
import { createRemoteJWKSet, jwtVerify, SignJWT } from "jose";
import * as oidc from "openid-client";
import { keyPair } from "./everything/keys.mjs";
import { refused, service } from "./everything/service.mjs";
import { Person } from "./person.mjs";
import { signet } from "./signet.mjs";

const issuer = process.env.ISSUER;
const word = randomBytes(4).toString("hex");
const [read, write] = [`ledger:${word}:read`, `ledger:${word}:write`];
let kim, agent;

before(async () => {
  kim = await Person.known(issuer, "Kim");
  agent = (await service(issuer, { options: ["--grant", "jwt-bearer"], scope: `${read} ${write}` })).config;
});

/** Another issuer with a key of its own, registered here. */
class Idp {
  static async registered(alg, ...options) {
    const idp = new Idp();
    idp.issuer = `https://idp-${randomBytes(4).toString("hex")}.example.test`;
    idp.pair = await keyPair(alg);
    idp.alg = alg;
    const known = ["--issuer", idp.issuer, "--use", "jwt-bearer", "--jwks", idp.pair.file];
    await signet("issuer", "create", ...known, "--scope", `${read} ${write}`, ...options);
    return idp;
  }

  /** Its word for `sub`, with these changes; `undefined` leaves a claim out. */
  says(sub, changes = {}, { key = this.pair.own.key, typ = "JWT" } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, sub, aud: issuer, iat: now, exp: now + 300, jti: randomUUID(), ...changes };
    return new SignJWT(claims).setProtectedHeader({ alg: this.alg, kid: this.pair.own.kid, typ }).sign(key);
  }
}

const present = (config, assertion, parameters = {}) =>
  oidc.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:jwt-bearer", { assertion, ...parameters });

async function claims({ access_token }) {
  const keys = createRemoteJWKSet(new URL(agent.serverMetadata().jwks_uri));
  return (await jwtVerify(access_token, keys, { issuer, typ: "at+jwt" })).payload;
}

for (const alg of ["ES256", "PS256", "RS256", "Ed25519"])
  test(`the word of a registered issuer for a linked person, signed by ${alg}`, async () => {
    const idp = await Idp.registered(alg);
    await signet("issuer", "link", idp.issuer, "--subject", "u1", "--user", kim.email);
    const tokens = await present(agent, await idp.says("u1"), { scope: read });
    assert.equal(tokens.refresh_token, undefined);
    const said = await claims(tokens);
    assert.deepEqual([said.sub, said.client_id, said.scope], [kim.subject, agent.clientMetadata().client_id, read]);
    // Nobody signed in: it says nothing of the account.
    await assert.rejects(oidc.fetchUserInfo(agent, tokens.access_token, kim.subject), (thrown) => thrown.status === 401);
  });

test("what does not count", async () => {
  const idp = await Idp.registered("ES256");
  await signet("issuer", "link", idp.issuer, "--subject", "u1", "--user", kim.subject);
  const now = Math.floor(Date.now() / 1000);
  const astray = {
    "of another issuer": { iss: "https://elsewhere.example.test" },
    "for somebody else": { aud: "https://elsewhere.example.test" },
    "about nobody": { sub: undefined },
    "about a stranger": { sub: "u2" },
    "too old": { iat: now - 600, exp: now - 300 },
    "without an end": { exp: undefined },
    "good for too long": { exp: now + 7200 },
    "without a name of its own": { jti: undefined },
  };
  for (const [name, changes] of Object.entries(astray))
    await assert.rejects(present(agent, await idp.says("u1", changes)), refused("invalid_grant"), name);
  const { key } = (await keyPair("ES256")).own;
  await assert.rejects(present(agent, await idp.says("u1", {}, { key })), refused("invalid_grant"), "signed by somebody else");
  await assert.rejects(present(agent, await idp.says("u1", {}, { typ: "at+jwt" })), refused("invalid_grant"), "a token of another kind");
  const other = await service(issuer, { scope: read });
  await assert.rejects(present(other.config, await idp.says("u1")), refused("unauthorized_client"));
  const assertion = await idp.says("u1");
  await assert.rejects(present(agent, assertion, { scope: "admin" }), refused("invalid_scope"));
  await present(agent, assertion);
  await assert.rejects(present(agent, assertion), refused("invalid_grant"), "it counts once");
});

test("a verified address on both sides, and a service", async () => {
  const idp = await Idp.registered("ES256", "--subject-mapping", "email");
  const verified = { email: kim.email, email_verified: true };
  await assert.rejects(present(agent, await idp.says("u1", { ...verified, email_verified: false })), refused("invalid_grant"));
  assert.equal((await claims(await present(agent, await idp.says("u1", verified)))).sub, kim.subject);
  // From now on the subject counts, not the address.
  assert.equal((await claims(await present(agent, await idp.says("u1")))).sub, kim.subject);
  const robots = await Idp.registered("ES256", "--subject-mapping", "service");
  assert.equal((await claims(await present(agent, await robots.says("robot-1")))).sub, `${robots.issuer}|robot-1`);
});

test("it ends with the link, the person's account or the issuer", async () => {
  const leo = await Person.known(issuer, "Leo");
  const idp = await Idp.registered("ES256");
  await signet("issuer", "link", idp.issuer, "--subject", "u1", "--user", leo.email);
  const alive = async ({ access_token }) => (await oidc.tokenIntrospection(agent, access_token)).active;
  const first = await present(agent, await idp.says("u1"));
  assert.equal(await alive(first), true);
  await signet("issuer", "unlink", idp.issuer, "--subject", "u1");
  await assert.rejects(present(agent, await idp.says("u1")), refused("invalid_grant"));
  await signet("user", "lock", leo.email);
  assert.equal(await alive(first), false);
  await signet("user", "unlock", leo.email);
  await signet("issuer", "link", idp.issuer, "--subject", "u1", "--user", leo.email);
  const second = await present(agent, await idp.says("u1"));
  await signet("issuer", "delete", idp.issuer);
  assert.equal(await alive(second), false);
  await assert.rejects(present(agent, await idp.says("u1")), refused("invalid_grant"));
});
