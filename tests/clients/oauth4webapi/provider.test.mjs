// What the provider says of itself, and that it is so.
import assert from "node:assert/strict";
import test from "node:test";
import * as oauth from "oauth4webapi";
import { discovered, ISSUER } from "./app.mjs";

test("both discovery documents are good and agree", async () => {
  const [oidc, oauth2] = [await discovered("oidc"), await discovered("oauth2")];
  for (const [name, value] of Object.entries(oauth2)) if (name in oidc) assert.deepEqual(oidc[name], value, name);
  for (const required of ["authorization_endpoint", "token_endpoint", "jwks_uri", "subject_types_supported"]) assert.ok(oidc[required], required);
});

test("another issuer's document is refused", async () => {
  const answer = await fetch(`${ISSUER}/.well-known/openid-configuration`);
  await assert.rejects(oauth.processDiscoveryResponse(new URL("https://id.example.test"), answer), { code: oauth.JSON_ATTRIBUTE_COMPARISON });
});

test("every endpoint that is announced answers, and none with a fault", async () => {
  const as = await discovered();
  const endpoints = Object.entries(as).filter(([name]) => name.endsWith("_endpoint"));
  assert.ok(endpoints.length >= 8, endpoints.map(([name]) => name).join());
  for (const [name, url] of endpoints)
    for (const method of ["GET", "POST"]) {
      const { status } = await fetch(url, { method, redirect: "manual" });
      assert.ok(status < 500 && status !== 404, `${method} ${name} answered ${status}`);
    }
});

test("for each algorithm there is a key that the library can use", async () => {
  const as = await discovered();
  const { keys } = await (await fetch(as.jwks_uri)).json();
  const signing = keys.filter((key) => key.use !== "enc");
  const algorithms = new Set(as.id_token_signing_alg_values_supported);
  assert.ok(algorithms.has("RS256"));
  for (const alg of algorithms) assert.ok(signing.some((key) => key.alg === alg), alg);
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
});
