// A web application. Needs ISSUER, CLIENT_ID and CLIENT_SECRET; APP is where people find it.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP = "http://localhost:3000" } = process.env;
const execute = ISSUER.startsWith("http://localhost") ? [oidc.allowInsecureRequests] : [];
const authentication = oidc.ClientSecretBasic(CLIENT_SECRET);
const signet = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, { execute });
const keys = createRemoteJWKSet(new URL(signet.serverMetadata().jwks_uri));
const sessions = new Map(); // in earnest: a store that all your servers share

const routes = {
  "GET /": ({ session }) => page(session?.person ? `Hello ${session.person.name}` : "Nobody is signed in"),

  "GET /login": async ({ answer }) => {
    const asked = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
    remember(answer, { asked });
    const url = oidc.buildAuthorizationUrl(signet, {
      redirect_uri: `${APP}/callback`,
      scope: "openid profile email",
      code_challenge: await oidc.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: "S256",
      state: asked.state,
      nonce: asked.nonce,
    });
    return { location: url.href };
  },

  "GET /callback": async ({ answer, session, url }) => {
    if (!session?.asked) return { status: 400, body: "This sign-in was not begun here." };
    const tokens = await oidc.authorizationCodeGrant(signet, url, {
      pkceCodeVerifier: session.asked.verifier,
      expectedState: session.asked.state,
      expectedNonce: session.asked.nonce,
      idTokenExpected: true,
    });
    const { sub, sid } = tokens.claims(); // sub is the person for ever; sid is their session at Signet
    const person = await oidc.fetchUserInfo(signet, tokens.access_token, sub);
    sessions.delete(session.id);
    remember(answer, { person, sid, tokens }); // a new identifier for a new session
    return { location: "/" };
  },

  "GET /email": async ({ session }) => {
    if (!session?.person) return { location: "/login" };
    if (session.tokens.expiresIn() < 30) session.tokens = await oidc.refreshTokenGrant(signet, session.tokens.refresh_token);
    session.person = await oidc.fetchUserInfo(signet, session.tokens.access_token, session.person.sub);
    return page(session.person.email);
  },

  "POST /logout": ({ session }) => {
    if (!session?.person) return { location: "/" };
    sessions.delete(session.id);
    const hint = { id_token_hint: session.tokens.id_token, post_logout_redirect_uri: `${APP}/` };
    return { location: oidc.buildEndSessionUrl(signet, hint).href };
  },

  // Signet says that a session is over, whatever ended it (OpenID Connect Back-Channel Logout 1.0 §2.6).
  "POST /backchannel-logout": async ({ request }) => {
    const token = new URLSearchParams((await request.setEncoding("utf8").toArray()).join("")).get("logout_token");
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer: ISSUER, audience: CLIENT_ID, typ: "logout+jwt", requiredClaims: ["iat", "exp", "jti", "sid", "events"] },
    });
    if (!payload.events["http://schemas.openid.net/event/backchannel-logout"] || "nonce" in payload) return { status: 400 };
    for (const [id, { sid }] of sessions) if (sid === payload.sid) sessions.delete(id);
    return { status: 200 };
  },
};

const page = (words) => ({ body: words.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`) });

function remember(answer, session) {
  session.id = randomUUID();
  sessions.set(session.id, session);
  answer.setHeader("Set-Cookie", `app=${session.id}; Path=/; HttpOnly; SameSite=Lax${APP.startsWith("https:") ? "; Secure" : ""}`);
}

createServer(async (request, answer) => {
  const url = new URL(request.url, APP);
  const session = sessions.get(/(?:^|; )app=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
  let reply;
  try {
    reply = (await routes[`${request.method} ${url.pathname}`]?.({ request, answer, url, session })) ?? { status: 404 };
  } catch (error) {
    console.error(error);
    reply = { status: 400, body: "That did not work." };
  }
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  if (reply.location) headers.Location = reply.location;
  answer.writeHead(reply.location ? 303 : (reply.status ?? 200), headers).end(reply.body);
}).listen(new URL(APP).port, () => console.log(`${APP} is ready`));
