// The third-party app: openid-client as its documentation shows it, registered at Signet by the command line.
import * as oidc from "openid-client";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { signet } from "./signet.mjs";

export const SCOPES = "openid profile email offline_access";

/** A started authorization: where to send the person, and what to check when they come back. */
export class Visit {
  constructor(url, verifier, state, nonce) {
    Object.assign(this, { url, verifier, state, nonce });
  }
}

export class Shop {
  constructor(config, callback, goodbye) {
    Object.assign(this, { config, callback, goodbye });
    this.issuer = config.serverMetadata().issuer;
    this.clientId = config.clientMetadata().client_id;
    this.keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  }

  /** Registers the app and lets it discover the provider. */
  static async open(issuer, { options = [], authentication = oidc.ClientSecretBasic, callback = "http://127.0.0.1:9601/cb" } = {}) {
    const goodbye = "http://127.0.0.1:9601/goodbye";
    const client = signet(
      ...["client", "create", "--name", "Shop", "--redirect-uri", "http://127.0.0.1:9601/cb", "--post-logout-redirect-uri", goodbye],
      ...["--scope", SCOPES, "--grant", "authorization_code", "--grant", "refresh_token", ...options],
    );
    const config = await oidc.discovery(new URL(issuer), client.client_id, undefined, authentication(client.client_secret), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    });
    return new Shop(config, callback, goodbye);
  }

  async visit(parameters = {}) {
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const url = oidc.buildAuthorizationUrl(this.config, {
      redirect_uri: this.callback,
      scope: SCOPES,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...parameters,
    });
    return new Visit(url, verifier, state, nonce);
  }

  /** Redeems the code that `arrival` carries. openid-client checks state, iss, nonce, at_hash and the ID token's signature. */
  redeem(visit, arrival, verifier = visit.verifier) {
    return oidc.authorizationCodeGrant(this.config, new URL(arrival), {
      pkceCodeVerifier: verifier,
      expectedState: visit.state,
      expectedNonce: visit.nonce,
      idTokenExpected: true,
    });
  }

  refresh(token) {
    return oidc.refreshTokenGrant(this.config, token);
  }

  userinfo(accessToken, subject) {
    return oidc.fetchUserInfo(this.config, accessToken, subject);
  }

  /** Verifies a token as a service behind the app would: by the published keys alone. */
  async verified(token, checks) {
    return jwtVerify(token, this.keys, { issuer: this.issuer, ...checks });
  }

  logoutUrl(parameters) {
    return oidc.buildEndSessionUrl(this.config, parameters);
  }
}
