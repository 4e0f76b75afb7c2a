// An app as oauth4webapi lets one write it: each request by itself, and each answer judged by the library.
import * as oauth from "oauth4webapi";
import { signet } from "../openid-client/signet.mjs";

export const ISSUER = process.env.ISSUER;
export const CALLBACK = "http://127.0.0.1:9603/cb";
/** Goes with every request: over plain HTTP the library has to be told that it may. */
export const plain = { [oauth.allowInsecureRequests]: ISSUER.startsWith("http:") };
/** Whether this provider asks for nonces in DPoP proofs (RFC 9449 §8). */
export const NONCES = process.env.SIGNET_DPOP__NONCES === "true";

/** What the provider says of itself, by OpenID Connect Discovery (`oidc`) or by RFC 8414 (`oauth2`). */
export async function discovered(algorithm = "oidc") {
  const url = new URL(ISSUER);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...plain }));
}

const as = await discovered();

/** What the library made of a request that was refused. */
export const refused = (error, status = 400) => (thrown) =>
  thrown.status === status && (thrown.error ?? thrown.cause?.[0]?.parameters.error) === error;

export class App {
  /** How often the provider asked for a nonce. */
  nonces = 0;

  constructor(client, authentication, keys) {
    Object.assign(this, { as, client, authentication });
    if (keys) this.hold(keys);
  }

  /**
   * Registers an app. `options` are those of `signet client create`, `metadata` is what the app knows of its registration beside them,
   * `authentication` makes the library's proof of the secret, `keys` is a key pair for DPoP.
   */
  static async open({ name = "Ledger", options = [], metadata = {}, authentication = oauth.ClientSecretBasic, keys } = {}) {
    const { client_id, client_secret } = await signet("client", "create", "--name", name, ...options);
    return new App({ client_id, ...metadata }, authentication(client_secret), keys);
  }

  /** The same with the code flow: `scope` is what it may ask for. */
  static web({ scope = "openid email offline_access", options = [], ...more } = {}) {
    const flow = ["--redirect-uri", CALLBACK, "--grant", "authorization_code", "--grant", "refresh_token"];
    return App.open({ ...more, options: ["--first-party", "--scope", scope, ...flow, ...options] });
  }

  /** The same app with another key, as a thief of its tokens would have. */
  holding(keys) {
    return new App(this.client, this.authentication, keys);
  }

  hold(keys) {
    this.keys = keys;
    this.DPoP = oauth.DPoP(this.client, keys);
  }

  /**
   * `ask` sends a request with these options, `read` judges the answer. Where a nonce is asked for, the library has kept it from the
   * refusal, and the request is sent once more.
   */
  async proved(ask, read) {
    const once = async () => read(await ask({ ...plain, DPoP: this.DPoP }));
    try {
      return await once();
    } catch (thrown) {
      if (!this.DPoP || !oauth.isDPoPNonceError(thrown)) throw thrown;
      this.nonces++;
      return once();
    }
  }

  /** A request for tokens. `request` and `read` are the library's functions for the grant. */
  token(request, read, given, options = {}) {
    return this.proved(
      (proof) => request(as, this.client, this.authentication, ...given, { ...proof, ...options }),
      (answer) => read(as, this.client, answer),
    );
  }

  /** Pushes an authorization request; what comes is where to send the person, and what to check when they come back. */
  async asks(parameters = {}) {
    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
    const request = {
      ...{ response_type: "code", redirect_uri: CALLBACK, scope: "openid email offline_access", state, nonce },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
      ...parameters,
    };
    const { request_uri } = await this.push(request);
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: this.client.client_id, request_uri });
    return { url, verifier, state, nonce };
  }

  push(request) {
    return this.proved(
      (proof) => oauth.pushedAuthorizationRequest(as, this.client, this.authentication, request, proof),
      (answer) => oauth.processPushedAuthorizationResponse(as, this.client, answer),
    );
  }

  /** What the person brought back, where it is what was waited for (`state`, `iss`). */
  arrived({ state }, arrival) {
    return oauth.validateAuthResponse(as, this.client, new URL(arrival), state);
  }

  /** The same, wrapped in a JWT (JARM). */
  unwrapped({ state }, arrival) {
    return oauth.validateJwtAuthResponse(as, this.client, new URL(arrival), state, plain);
  }

  /** Redeems what `arrived` found. The ID token's signature is checked as well, which its way through TLS would make unnecessary. */
  async redeem({ verifier, nonce }, parameters) {
    return this.proved(
      (proof) => oauth.authorizationCodeGrantRequest(as, this.client, this.authentication, parameters, CALLBACK, verifier, proof),
      async (answer) => {
        const tokens = await oauth.processAuthorizationCodeResponse(as, this.client, answer, { expectedNonce: nonce, requireIdToken: true });
        await oauth.validateApplicationLevelSignature(as, answer, plain);
        return tokens;
      },
    );
  }

  /** The whole way of somebody who is signed in and is not asked. */
  async tokensOf(person, parameters) {
    const visit = await this.asks(parameters);
    return this.redeem(visit, this.arrived(visit, await person.arrive(visit.url)));
  }

  refresh(token, additionalParameters) {
    return this.token(oauth.refreshTokenGrantRequest, oauth.processRefreshTokenResponse, [token], { additionalParameters });
  }

  userinfo(token, subject) {
    return this.proved(
      (proof) => oauth.userInfoRequest(as, this.client, token, proof),
      async (answer) => {
        const said = await oauth.processUserInfoResponse(as, this.client, subject, answer);
        if (this.client.userinfo_signed_response_alg) await oauth.validateApplicationLevelSignature(as, answer, plain);
        return said;
      },
    );
  }

  /** Asks about a token; a signed answer (RFC 9701) is verified by the published keys. */
  async introspect(token) {
    const requestJwtResponse = Boolean(this.client.introspection_signed_response_alg);
    const answer = await oauth.introspectionRequest(as, this.client, this.authentication, token, { ...plain, requestJwtResponse });
    const said = await oauth.processIntrospectionResponse(as, this.client, answer);
    if (requestJwtResponse) await oauth.validateApplicationLevelSignature(as, answer, plain);
    return said;
  }

  async revoke(token) {
    return oauth.processRevocationResponse(await oauth.revocationRequest(as, this.client, this.authentication, token, plain));
  }

  exchange(parameters) {
    const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    return this.token(oauth.genericTokenEndpointRequest, oauth.processGenericTokenEndpointResponse, [grant, parameters]);
  }
}
