// An application that is held to FAPI 2.0. Needs ISSUER and CLIENT_ID, and bank_key.json beside it; APP is where people find it, PORT where
// the proxy that speaks TLS for it does. PROFILE=fapi2-message-signing signs requests and wants signed answers.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { importJWK } from "jose";
import * as oidc from "openid-client";

const { ISSUER, CLIENT_ID, APP = "https://bank.example.com", PORT = 3000, PROFILE = "fapi2" } = process.env;
const jwk = JSON.parse(readFileSync("bank_key.json", "utf8"));
const key = { key: await importJWK(jwk), kid: jwk.kid };
const signs = PROFILE === "fapi2-message-signing";

// What Signet signs for this application is never signed by RS256.
const metadata = { id_token_signed_response_alg: "ES256", authorization_signed_response_alg: "ES256" };
const execute = ISSUER.startsWith("http://localhost") ? [oidc.allowInsecureRequests] : [];
const signet = await oidc.discovery(new URL(ISSUER), CLIENT_ID, metadata, oidc.PrivateKeyJwt(key), { execute });
oidc.enableNonRepudiationChecks(signet);
if (signs) oidc.useJwtResponseMode(signet);

// The key that tokens are bound to. In earnest it is kept with the refresh tokens, though a new one does as well.
const DPoP = oidc.getDPoPHandle(signet, await oidc.randomDPoPKeyPair("ES256"));
const sessions = new Map(); // in earnest: a store that all your servers share

const routes = {
  "GET /login": async ({ answer }) => {
    const asked = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
    remember(answer, { asked });
    let request = new URLSearchParams({
      redirect_uri: `${APP}/callback`,
      scope: "openid email offline_access",
      code_challenge: await oidc.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: "S256",
      state: asked.state,
      nonce: asked.nonce,
    });
    if (signs) request = (await oidc.buildAuthorizationUrlWithJAR(signet, request, key)).searchParams;
    // The request goes from server to server; the browser carries a reference and nothing else.
    return { location: (await oidc.buildAuthorizationUrlWithPAR(signet, request, { DPoP })).href };
  },

  "GET /callback": async ({ answer, session, url }) => {
    if (!session?.asked) return { status: 400, body: "This sign-in was not begun here." };
    const { verifier: pkceCodeVerifier, state: expectedState, nonce: expectedNonce } = session.asked;
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(signet, url, checks, undefined, { DPoP });
    sessions.delete(session.id);
    remember(answer, { sub: tokens.claims().sub, tokens }); // a new identifier for a new session
    return { location: `${APP}/` };
  },

  "GET /": async ({ session }) => {
    if (!session?.sub) return { location: `${APP}/login` };
    if (session.tokens.expiresIn() < 30) {
      // The refresh token stays the same: an answer that is lost costs nothing.
      session.tokens = await oidc.refreshTokenGrant(signet, session.tokens.refresh_token, undefined, { DPoP });
    }
    const person = await oidc.fetchUserInfo(signet, session.tokens.access_token, session.sub, { DPoP });
    return { body: `Hello ${person.email.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)}` };
  },
};

function remember(answer, session) {
  session.id = randomUUID();
  sessions.set(session.id, session);
  answer.setHeader("Set-Cookie", `__Host-bank=${session.id}; Path=/; HttpOnly; SameSite=Lax; Secure`);
}

const server = createServer(async (request, answer) => {
  const url = new URL(request.url, APP);
  const session = sessions.get(/(?:^|; )__Host-bank=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
  let reply;
  try {
    reply = (await routes[`${request.method} ${url.pathname}`]?.({ answer, url, session })) ?? { status: 404 };
  } catch (error) {
    console.error(error);
    reply = { status: 400, body: "That did not work." };
  }
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  if (reply.location) headers.Location = reply.location;
  answer.writeHead(reply.location ? 303 : (reply.status ?? 200), headers).end(reply.body);
}).listen(PORT, "127.0.0.1", () => console.log(`${APP} is behind http://127.0.0.1:${server.address().port}`));
