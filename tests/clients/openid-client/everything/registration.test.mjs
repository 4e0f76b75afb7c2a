// A client registers itself and looks after its registration (OpenID Connect Registration, RFC 7591, RFC 7592).
import assert from "node:assert/strict";
import test from "node:test";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { Shop } from "../shop.mjs";
import { Page } from "../walker.mjs";

const issuer = process.env.ISSUER;
const callback = "http://127.0.0.1:9601/cb";

const register = (metadata) =>
  oidc.dynamicClientRegistration(new URL(issuer), { redirect_uris: [callback], ...metadata }, undefined, {
    execute: [oidc.enableNonRepudiationChecks],
  });

/** A call to the client configuration endpoint, which openid-client leaves to its users. */
async function manage(client, method = "GET", body = undefined) {
  const answer = await fetch(client.registration_client_uri, {
    method,
    headers: { Authorization: `Bearer ${client.registration_access_token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, registered: answer.status === 200 ? await answer.json() : undefined };
}

test("register, sign a person in, change, delete", async () => {
  const config = await register({
    client_name: "Self-made",
    token_endpoint_auth_method: "client_secret_post",
    grant_types: ["authorization_code", "refresh_token"],
    scope: "openid email offline_access",
  });
  const client = config.clientMetadata();
  assert.ok(client.client_id && client.client_secret);
  const shop = new Shop(config, callback, undefined, "openid email offline_access");
  const alice = await Person.signedIn(issuer, "Alice");
  const visit = await shop.visit();
  const consent = await alice.walker.open(visit.url);
  assert.ok(consent instanceof Page, "people are asked before a client that nobody vouches for");
  assert.match(consent.text, /Self-made/);
  const { arrival } = await alice.walker.submit(consent, "#consent-allow");
  const tokens = await shop.redeem(visit, arrival);
  assert.equal(tokens.claims().sub, alice.subject);
  await shop.refresh(tokens.refresh_token);

  const read = await manage(client);
  assert.equal(read.registered.client_name, "Self-made");
  const { client_id, redirect_uris } = client;
  const changes = { client_id, redirect_uris, client_name: "Renamed", token_endpoint_auth_method: "client_secret_post" };
  const changed = await manage(client, "PUT", changes);
  assert.equal(changed.registered.client_name, "Renamed");
  assert.equal((await manage(client)).status, 401, "the old registration access token is spent");
  const now = { ...client, ...changed.registered };
  assert.equal((await manage(now)).registered.client_name, "Renamed");
  assert.equal((await manage(now, "DELETE")).status, 204);
  await assert.rejects(oidc.tokenIntrospection(config, "x"), (thrown) => thrown.status === 401);
});

test("what cannot be registered is refused with the reason", async () => {
  const refused = (error) => (thrown) => {
    assert.equal(thrown.error, error, thrown.message);
    return true;
  };
  await assert.rejects(register({ redirect_uris: ["http://shop.example.test/cb"] }), refused("invalid_redirect_uri"));
  await assert.rejects(register({ token_endpoint_auth_method: "tls_client_auth" }), refused("invalid_client_metadata"));
  await assert.rejects(register({ token_endpoint_auth_method: "private_key_jwt" }), refused("invalid_client_metadata"));
});
