// The third-party app: openid-client as its documentation shows it, registered at Signet by the command line.
import * as oidc from "openid-client";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { signet } from "./signet.mjs";

export const SCOPES = "openid profile email offline_access";
const CALLBACK = "http://127.0.0.1:9601/cb";

/** What a registered client finds out about the provider. */
export function discovered(issuer, client, authentication, metadata) {
  const execute = [oidc.enableNonRepudiationChecks];
  if (issuer.startsWith("http:")) execute.push(oidc.allowInsecureRequests);
  return oidc.discovery(new URL(issuer), client.client_id, metadata, authentication, { execute });
}

/** A started authorization: where to send the person, and what to check when they come back. */
export class Visit {
  constructor(url, verifier, state, nonce) {
    Object.assign(this, { url, verifier, state, nonce });
  }
}

export class Shop {
  constructor(config, callback = CALLBACK, goodbye = undefined, scope = SCOPES) {
    Object.assign(this, { config, callback, goodbye, scope });
    this.issuer = config.serverMetadata().issuer;
    this.clientId = config.clientMetadata().client_id;
    this.keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  }

  /**
   * Registers the app and lets it discover the provider. `options` are those of `signet client create`, `metadata` is what the app
   * knows of its registration beside them.
   */
  static async open(issuer, registration = {}) {
    const { name = "Shop", options = [], scope = SCOPES, authentication = oidc.ClientSecretBasic, callback = CALLBACK, metadata } = registration;
    const goodbye = "http://127.0.0.1:9601/goodbye";
    const client = await signet(
      ...["client", "create", "--name", name, "--redirect-uri", CALLBACK, "--post-logout-redirect-uri", goodbye],
      ...["--scope", scope, "--grant", "authorization_code", "--grant", "refresh_token", ...options],
    );
    const config = await discovered(issuer, client, authentication(client.client_secret), metadata);
    return new Shop(config, callback, goodbye, scope);
  }

  async visit(parameters = {}) {
    const { verifier, state, nonce, ...asked } = await this.asks(parameters);
    return new Visit(oidc.buildAuthorizationUrl(this.config, asked.parameters), verifier, state, nonce);
  }

  /** What a careful app asks for. */
  async asks(changes) {
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const parameters = {
      redirect_uri: this.callback,
      scope: this.scope,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...changes,
    };
    return { verifier, state, nonce, parameters };
  }

  /** Redeems the code that `arrival` carries. openid-client checks state, iss, nonce, at_hash and the ID token's signature. */
  redeem(visit, arrival, verifier = visit.verifier) {
    return oidc.authorizationCodeGrant(this.config, arrival instanceof Request ? arrival : new URL(arrival), {
      pkceCodeVerifier: verifier,
      expectedState: visit.state,
      expectedNonce: visit.nonce,
      idTokenExpected: true,
    });
  }

  refresh(token, parameters) {
    return oidc.refreshTokenGrant(this.config, token, parameters);
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
