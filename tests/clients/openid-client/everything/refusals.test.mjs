// What a careful client must not accept, made from answers that are good: openid-client has everything it needs to refuse them.
import assert from "node:assert/strict";
import test, { before } from "node:test";
import { Person } from "../person.mjs";
import { Shop, Visit } from "../shop.mjs";

const issuer = process.env.ISSUER;
let shop, alice;

before(async () => {
  shop = await Shop.open(issuer, { options: ["--first-party"] });
  alice = await Person.signedIn(issuer, "Alice");
});

/** Judges why openid-client refused. */
const because = (words) => (thrown) => words.test(thrown.cause?.message);

async function visited() {
  const visit = await shop.visit({ scope: "openid" });
  return { visit, arrival: new URL(await alice.arrive(visit.url)) };
}

test("another nonce", async () => {
  const { visit, arrival } = await visited();
  const other = new Visit(visit.url, visit.verifier, visit.state, "another nonce");
  await assert.rejects(shop.redeem(other, arrival), because(/nonce/));
});

test("another state", async () => {
  const { visit, arrival } = await visited();
  arrival.searchParams.set("state", "another state");
  await assert.rejects(shop.redeem(visit, arrival), because(/state/));
});

for (const iss of ["https://evil.example.test", undefined])
  test(`the issuer of the answer is ${iss ?? "missing"} (RFC 9207)`, async () => {
    const { visit, arrival } = await visited();
    if (iss) arrival.searchParams.set("iss", iss);
    else arrival.searchParams.delete("iss");
    await assert.rejects(shop.redeem(visit, arrival), because(/iss/));
    // The code was not spent on it.
    arrival.searchParams.set("iss", issuer);
    assert.equal((await shop.redeem(visit, arrival)).claims().sub, alice.subject);
  });

test("a code a second time, and what it gave the first time", async () => {
  const { visit, arrival } = await visited();
  const tokens = await shop.redeem(visit, arrival);
  await shop.userinfo(tokens.access_token, alice.subject);
  await assert.rejects(shop.redeem(visit, arrival), (thrown) => thrown.error === "invalid_grant");
  await assert.rejects(shop.userinfo(tokens.access_token, alice.subject), (thrown) => thrown.status === 401);
});

test("somebody else's code", async () => {
  const { arrival } = await visited();
  const other = await Shop.open(issuer, { options: ["--first-party"] });
  const theirs = await other.visit();
  arrival.searchParams.set("state", theirs.state);
  await assert.rejects(other.redeem(theirs, arrival), (thrown) => thrown.error === "invalid_grant");
});
