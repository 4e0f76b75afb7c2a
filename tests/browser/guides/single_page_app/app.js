// A single-page application. Its server only serves files; config.json is {"issuer": …, "client_id": …}.
import * as oidc from "openid-client";

const { issuer, client_id } = await (await fetch("/config.json")).json();
const execute = issuer.startsWith("http://localhost") ? [oidc.allowInsecureRequests] : [];
const signet = await oidc.discovery(new URL(issuer), client_id, undefined, oidc.None(), { execute });
const here = `${location.origin}/`;
let tokens; // in memory: gone with the page, and out of reach of whatever reads storage

const element = (id) => document.getElementById(id);

async function show() {
  const person = await oidc.fetchUserInfo(signet, tokens.access_token, tokens.claims().sub);
  element("who").textContent = `Hello ${person.name} <${person.email}>`;
}

element("in").onclick = async () => {
  const asked = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
  sessionStorage.setItem("asked", JSON.stringify(asked));
  const url = oidc.buildAuthorizationUrl(signet, {
    redirect_uri: here,
    scope: "openid profile email",
    code_challenge: await oidc.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: "S256",
    state: asked.state,
    nonce: asked.nonce,
  });
  location.assign(url);
};

// Every refresh token works once: the answer has the next one.
element("refresh").onclick = async () => {
  const { sub } = tokens.claims();
  tokens = await oidc.refreshTokenGrant(signet, tokens.refresh_token);
  if (tokens.claims().sub !== sub) throw new Error("somebody else");
  await show();
  element("who").textContent += " again";
};

element("out").onclick = () => {
  location.assign(oidc.buildEndSessionUrl(signet, { id_token_hint: tokens.id_token, post_logout_redirect_uri: here }));
};

const asked = JSON.parse(sessionStorage.getItem("asked"));
const arrival = new URL(location.href);
if (asked && arrival.searchParams.has("state")) {
  sessionStorage.removeItem("asked");
  history.replaceState(null, "", "/"); // the code does not stay in the address bar and the history
  tokens = await oidc.authorizationCodeGrant(signet, arrival, {
    pkceCodeVerifier: asked.verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
    idTokenExpected: true,
  });
  await show();
}
element("in").dataset.ready = "yes";
