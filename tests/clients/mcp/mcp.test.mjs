// MCP's own library, as server and as client, with Signet as the authorization server (MCP specification 2025-11-25, Authorization).
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { decodeJwt } from "jose";
import { Site } from "../openid-client/everything/site.mjs";
import { Person } from "../openid-client/person.mjs";
import { signet } from "../openid-client/signet.mjs";
import { Assistant, CALLBACK } from "./assistant.mjs";
import { Notes } from "./server.mjs";

const issuer = process.env.ISSUER;
const opened = [];
let notes, other, site, alice;

const assistant = (server, options) => {
  const made = new Assistant(server.resource, options);
  opened.push(made);
  return made;
};

before(async () => {
  [notes, other, site] = [await Notes.open(), await Notes.open(), await Site.open()];
  const api = (server, name, scope) =>
    signet("resource", "create", "--uri", server.resource, "--name", name, "--scope", scope, "--access-token-ttl", "5m");
  await api(notes, "Notes", "mcp:tools");
  await api(other, "Other notes", "mcp:other");
  await notes.trust(issuer, "mcp:tools");
  await other.trust(issuer, "mcp:other");
  alice = await Person.signedIn(issuer, "Alice");
});
after(async () => {
  for (const each of opened) await each.close();
  for (const each of [notes, other, site]) each?.close();
});

test("a client that registers itself finds the way from a 401 to a tool", async () => {
  const made = assistant(notes);
  const page = await made.signIn(alice);
  assert.match(page.text, /Notes/);
  assert.match(page.text, /mcp:tools/);
  const told = await made.whoami();
  assert.deepEqual(told, { sub: alice.subject, client: made.memory.registration.client_id, scopes: ["mcp:tools"] });
  const claims = decodeJwt(made.memory.kept.access_token);
  assert.equal(claims.aud, notes.resource);
  assert.equal(claims.exp - claims.iat, 300);
});

test("a client that is known by its document needs no registration", async () => {
  const url = `${site.origin}/assistant.json`;
  const document = { client_id: url, client_name: "Assistant", redirect_uris: [CALLBACK], token_endpoint_auth_method: "none" };
  site.serve("/assistant.json", { ...document, grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] });
  const made = assistant(notes, { clientMetadataUrl: url });
  const page = await made.signIn(alice);
  assert.match(page.text, /Nobody has registered this application/);
  assert.ok(page.text.includes(new URL(url).host), "whose word it is");
  assert.match(page.text, /any program on it could have asked/);
  assert.deepEqual(await made.whoami(), { sub: alice.subject, client: url, scopes: ["mcp:tools"] });
  assert.equal(site.asked("/assistant.json"), 1, "it was read once");
  await refreshes(made);
});

test("a client that the operator registered with --profile mcp", async () => {
  const registered = await signet(
    ...["client", "create", "--name", "Assistant", "--profile", "mcp", "--redirect-uri", "http://127.0.0.1/callback"],
    ...["--redirect-uri", "https://assistant.example.test/callback", "--scope", "openid offline_access mcp:tools"],
  );
  const made = assistant(notes, { registered: { client_id: registered.client_id } });
  await made.signIn(alice);
  assert.equal((await made.whoami()).client, registered.client_id);
  await refreshes(made);
});

test("an access token that ran out is refreshed, for the same server", async () => {
  const made = assistant(notes);
  await made.signIn(alice);
  await refreshes(made);
});

/** The server refuses what it is sent, the library refreshes, and nobody is asked anything. */
async function refreshes(made) {
  const before = made.memory.kept;
  made.memory.kept = { ...before, access_token: `${before.access_token.slice(0, -8)}AAAAAAAA` };
  assert.equal((await made.whoami()).sub, alice.subject);
  assert.notEqual(made.memory.kept.refresh_token, before.refresh_token);
  assert.equal(decodeJwt(made.memory.kept.access_token).aud, notes.resource);
}

test("a token for another server is refused", async () => {
  const made = assistant(other);
  await made.signIn(alice);
  const { access_token } = made.memory.kept;
  assert.equal(decodeJwt(access_token).aud, other.resource);
  const answer = await fetch(notes.resource, { method: "POST", headers: { Authorization: `Bearer ${access_token}` } });
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("www-authenticate"), /error="invalid_token".*resource_metadata="[^"]+oauth-protected-resource\/mcp"/);
});

test("what the person withdraws ends", async () => {
  const made = assistant(notes);
  await made.signIn(alice);
  await signet("user", "withdraw", "--client-id", made.memory.registration.client_id, alice.email);
  made.memory.kept = { ...made.memory.kept, access_token: "x" };
  made.memory.address = undefined;
  await assert.rejects(made.whoami(), UnauthorizedError);
  assert.ok(made.memory.address, "the person is asked again");
});

test("Signet's own API is a protected resource like any other", async () => {
  const refused = await fetch(`${issuer}/oauth2/userinfo`);
  const [, address] = refused.headers.get("www-authenticate").match(/resource_metadata="([^"]+)"/);
  const metadata = await (await fetch(address)).json();
  assert.deepEqual([metadata.resource, metadata.authorization_servers], [issuer, [issuer]]);
});
