// A service that acts for itself, and how openid-client sees a refusal.
import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { discovered } from "../shop.mjs";
import { signet } from "../signet.mjs";

/** Registers a service with these options of `signet client create` and lets it discover the provider. */
export async function service(issuer, { options = [], scope = "jobs:run", authentication = oidc.ClientSecretBasic, metadata } = {}) {
  const client = await signet("client", "create", "--name", "Robot", "--grant", "client_credentials", "--scope", scope, ...options);
  return { client, config: await discovered(issuer, client, authentication(client.client_secret), metadata) };
}

/** The service's access token. */
export const token = async (config, parameters) => (await oidc.clientCredentialsGrant(config, parameters)).access_token;

/** Judges what a rejected call has thrown: the `error` of the answer. */
export const refused = (error) => (thrown) => {
  assert.equal(thrown.error, error, thrown.message);
  assert.equal(thrown.status, 400);
  return true;
};

/** Judges what a call of a client has thrown that could not prove who it is (RFC 6749 §5.2). openid-client shows the challenge alone. */
export function disbelieved(thrown) {
  assert.equal(thrown.status, 401, thrown.message);
  assert.equal(thrown.cause[0].scheme, "basic");
  return true;
}
