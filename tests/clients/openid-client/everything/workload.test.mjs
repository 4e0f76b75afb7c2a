// Services that prove who they are with a token of their platform: docs/guides/workload-identity.md, run as the guide shows it, with a
// cluster and a trust domain of the test's own, and what they are refused.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import test, { after, before } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { decodeJwt } from "jose";
import { Cluster, TrustDomain } from "../../workload/cluster.mjs";
import { discovered } from "../shop.mjs";
import { signet } from "../signet.mjs";
import { disbelieved, token } from "./service.mjs";

const { ISSUER, AUTHORITY, CERTIFICATE, CERTIFICATE_KEY, SIGNET_TEST_BIN, SIGNET_TEST_HOME } = process.env;
const guide = path.join(import.meta.dirname, "..", "..", "workload");
const file = path.join(SIGNET_TEST_HOME, randomUUID());
const pod = { namespace: "orders", name: "api", audience: ISSUER };
let cluster, domain;

before(async () => {
  cluster = await Cluster.open(CERTIFICATE, CERTIFICATE_KEY);
  domain = await TrustDomain.open(CERTIFICATE, CERTIFICATE_KEY);
});
after(() => [cluster, domain].forEach((each) => each?.close()));

/** Runs a command of the guide and returns what it printed. */
async function run(command, args, more) {
  const PATH = `${path.dirname(SIGNET_TEST_BIN)}:${process.env.PATH}`;
  const env = { ...process.env, PATH, CURL_CA_BUNDLE: AUTHORITY, TOKEN_FILE: file, ...more };
  const { stdout } = await promisify(execFile)(command, args, { env, cwd: SIGNET_TEST_HOME, timeout: 60_000 });
  return JSON.parse(stdout);
}
const shell = (script, more, ...args) => run("sh", [path.join(guide, script), ...args], more);

/** A client authentication of the test's own: this assertion, of this kind. */
const presenting = (assertion, kind = "jwt-bearer") => (_, client, body) => {
  body.set("client_id", client.client_id);
  body.set("client_assertion_type", `urn:ietf:params:oauth:client-assertion-type:${kind}`);
  body.set("client_assertion", assertion);
};
const asks = async (client_id, assertion, kind) => token(await discovered(ISSUER, { client_id }, presenting(assertion, kind)));

test("a service account of a cluster, by the guide", { timeout: 120_000 }, async (t) => {
  const client = await shell("kubernetes.sh", { CLUSTER: cluster.issuer }, "--json");
  assert.equal(client.token_endpoint_auth_method, "workload_jwt");
  assert.equal(client.client_secret, undefined);
  const issuer = await signet("issuer", "show", cluster.issuer);
  assert.equal(issuer.jwks_uri, `${cluster.issuer}/openid/v1/jwks`, "found by its openid-configuration, under the tests' own authority");

  await t.test("curl", async () => {
    cluster.project(file, pod);
    for (const tokens of [await shell("token.sh"), await shell("token.sh")]) {
      const claims = decodeJwt(tokens.access_token);
      assert.deepEqual([claims.sub, claims.aud, tokens.scope], ["orders", "https://stock.example.com", "stock:read"]);
    }
  });

  await t.test("openid-client", async () => {
    const tokens = await run(process.execPath, [path.join(import.meta.dirname, "..", "guides", "workload.mjs")]);
    assert.equal(decodeJwt(tokens.access_token).client_id, "orders");
  });

  await t.test("another account, audience, cluster or client comes to nothing", async () => {
    assert.ok(await asks("orders", cluster.token(pod)));
    await assert.rejects(asks("orders", cluster.token({ ...pod, name: "admin" })), disbelieved);
    await assert.rejects(asks("orders", cluster.token({ ...pod, namespace: "stock" })), disbelieved);
    await assert.rejects(asks("orders", cluster.token({ ...pod, audience: cluster.issuer })), disbelieved);
    await assert.rejects(asks("orders", cluster.token({ ...pod, expirationSeconds: 86_400 })), disbelieved);
    await assert.rejects(asks("orders", cluster.token(pod), "jwt-spiffe"), disbelieved);
    const other = await Cluster.open(CERTIFICATE, CERTIFICATE_KEY);
    await assert.rejects(asks("orders", other.token(pod)), disbelieved);
    other.close();
    const stranger = await signet("client", "create", "--name", "Stranger", "--grant", "client_credentials", "--scope", "stock:read");
    await assert.rejects(asks(stranger.client_id, cluster.token(pod)), disbelieved);
  });

  await t.test("the cluster changes its keys", async () => {
    const old = cluster.token(pod);
    cluster.rotate();
    // A set of keys that was asked for in vain a moment ago is not asked for again at once: a pod that is told no tries again.
    const renewed = async (until) => {
      try {
        return await asks("orders", cluster.token(pod));
      } catch (error) {
        if (error.status !== 401 || Date.now() > until) throw error;
        await setTimeout(200);
        return renewed(until);
      }
    };
    assert.ok(await renewed(Date.now() + 10_000));
    await assert.rejects(asks("orders", old), disbelieved);
  });

  await t.test("the cluster counts no longer", async () => {
    await signet("issuer", "delete", cluster.issuer);
    await assert.rejects(asks("orders", cluster.token(pod)), disbelieved);
  });
});

test("JWT-SVIDs of a trust domain, by the guide", { timeout: 120_000 }, async () => {
  const client = await shell("spiffe.sh", { BUNDLE: domain.bundle }, "--json");
  assert.equal(client.token_endpoint_auth_method, "spiffe_jwt");
  const SVID = domain.svid("spiffe://example.org/fleet/eu/1", ISSUER);
  const tokens = await shell("svid.sh", { SVID });
  assert.equal(decodeJwt(tokens.access_token).client_id, "fleet");
  const config = await discovered(ISSUER, { client_id: "fleet" }, presenting(SVID, "jwt-spiffe"));
  assert.ok(config.serverMetadata().token_endpoint_auth_methods_supported.includes("spiffe_jwt"));
  assert.ok(await token(config));
  await assert.rejects(asks("fleet", domain.svid("spiffe://example.org/fleet", ISSUER), "jwt-spiffe"), disbelieved);
  await assert.rejects(asks("fleet", domain.svid("spiffe://example.org/orders", ISSUER), "jwt-spiffe"), disbelieved);
  await assert.rejects(asks("fleet", domain.svid("spiffe://example.org/fleet/1", `${ISSUER}/`), "jwt-spiffe"), disbelieved);
  await assert.rejects(asks("fleet", SVID), disbelieved);
});
