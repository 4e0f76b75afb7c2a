// A client that is told when the person has decided (OpenID CIBA Core §10.2), at its own https server, and that signs what it asks.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test, { after, before } from "node:test";
import { SignJWT } from "jose";
import * as oidc from "openid-client";
import { Person } from "../person.mjs";
import { discovered } from "../shop.mjs";
import { signet } from "../signet.mjs";
import { keyPair } from "./keys.mjs";
import { Site } from "./site.mjs";

const issuer = process.env.ISSUER;
let site;

before(async () => (site = await Site.open()));
after(() => site?.close());

for (const [decision, outcome] of [
  ["#ciba-allow", async (tokens, person) => assert.equal((await tokens).claims().sub, person.subject)],
  ["#ciba-deny", (tokens) => assert.rejects(tokens, (thrown) => [thrown.error, thrown.cause?.error].includes("access_denied"))],
])
  test(`ping with a signed request: ${decision}`, { timeout: 60_000 }, async () => {
    const keys = await keyPair("PS256");
    const path = `/ping/${decision.slice(1)}`;
    const client = await signet(
      ...["client", "create", "--name", "Call center", "--profile", "ciba", "--ciba-notify", `${site.origin}${path}`],
      ...["--ciba-request-alg", "PS256", "--jwks", keys.file],
    );
    assert.equal(client.backchannel_token_delivery_mode, "ping");
    const config = await discovered(issuer, client, oidc.ClientSecretBasic(client.client_secret));
    const person = await Person.signedIn(issuer, "Ida");
    const token = randomUUID();
    const request = await new SignJWT({
      scope: "openid",
      login_hint: person.email,
      client_notification_token: token,
      requested_expiry: 90,
      jti: randomUUID(),
    })
      .setProtectedHeader({ alg: "PS256", kid: keys.own.kid })
      .setIssuer(client.client_id)
      .setAudience(config.serverMetadata().issuer)
      .setIssuedAt()
      .setNotBefore("0s")
      .setExpirationTime("1m")
      .sign(keys.own.key);
    const asked = await oidc.initiateBackchannelAuthentication(config, { request });
    assert.equal(asked.expires_in, 90);
    await person.walker.submit(await person.walker.open("/account/requests"), decision);
    const told = await site.posted(path);
    assert.equal(told.headers.authorization, `Bearer ${token}`);
    assert.deepEqual(JSON.parse(told.body), { auth_req_id: asked.auth_req_id });
    await outcome(oidc.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 0 }), person);
  });
