// The whole way by the libraries of the field, under both profiles: pushed, signed where that is asked for, bound, refreshed without
// rotation. Needs ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import test from "node:test";
import * as jose from "jose";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";
import { Person } from "../openid-client/person.mjs";
import { Bank, SCOPE, callback, issuer } from "./bank.mjs";

const fay = await Person.signedIn(issuer, "Fay");

for (const profile of ["fapi2", "fapi2-message-signing"]) {
  for (const alg of ["ES256", "PS256", "Ed25519"]) {
    test(`openid-client, ${profile}, ${alg}`, { timeout: 120_000 }, async () => {
      const bank = await Bank.open(profile, { alg });
      const config = await bank.openid();
      const keys = await oidc.randomDPoPKeyPair(alg);
      const DPoP = oidc.getDPoPHandle(config, keys);
      const verifier = oidc.randomPKCECodeVerifier();
      const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
      let parameters = {
        ...{ redirect_uri: callback, scope: SCOPE, state, nonce },
        ...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
      };
      if (bank.signs) {
        const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key: bank.key.key, kid: bank.key.kid });
        parameters = signed.searchParams;
      }
      const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
      assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
      const arrival = await fay.arrive(url);
      if (bank.signs) assert.deepEqual([...arrival.searchParams.keys()], ["response"]);
      else assert.equal(arrival.searchParams.get("iss"), issuer);

      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const tokens = await oidc.authorizationCodeGrant(config, arrival, checks, undefined, { DPoP });
      assert.equal(tokens.token_type, "dpop");
      const jkt = await jose.calculateJwkThumbprint(await jose.exportJWK(keys.publicKey));
      assert.deepEqual(jose.decodeJwt(tokens.access_token).cnf, { jkt });
      assert.equal(jose.decodeProtectedHeader(tokens.access_token).alg, "ES256");
      const person = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
      assert.equal(person.email, fay.email);

      for (let turn = 0; turn < 3; turn++) {
        const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
        assert.equal(next.refresh_token, tokens.refresh_token, "there is no rotation");
        assert.notEqual(next.access_token, tokens.access_token);
      }
      const told = await oidc.tokenIntrospection(config, tokens.access_token);
      assert.deepEqual([told.active, told.cnf.jkt], [true, jkt]);
      await oidc.tokenRevocation(config, tokens.refresh_token);
      await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }), (thrown) => thrown.error === "invalid_grant");
    });
  }

  test(`oauth4webapi, ${profile}`, { timeout: 120_000 }, async () => {
    const bank = await Bank.open(profile);
    const { server, client, authentication, insecurely } = await bank.plain();
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    let asked = new URLSearchParams({
      ...{ client_id: client.client_id, redirect_uri: callback, response_type: "code", scope: SCOPE, nonce },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
      ...(bank.signs && { response_mode: "jwt" }),
    });
    if (bank.signs) {
      const own = { key: bank.key.key, kid: bank.key.kid };
      const request = await oauth.issueRequestObject(server, client, asked, own);
      asked = new URLSearchParams({ client_id: client.client_id, request });
    }
    const pushing = await oauth.pushedAuthorizationRequest(server, client, authentication, asked, { DPoP, ...insecurely });
    const pushed = await oauth.processPushedAuthorizationResponse(server, client, pushing);
    assert.ok(pushed.expires_in < 600);
    const url = new URL(server.authorization_endpoint);
    url.searchParams.set("client_id", client.client_id);
    url.searchParams.set("request_uri", pushed.request_uri);
    const arrival = await fay.arrive(url);
    const answered = bank.signs
      ? await oauth.validateJwtAuthResponse(server, client, arrival, oauth.expectNoState, insecurely)
      : oauth.validateAuthResponse(server, client, arrival, oauth.expectNoState);
    const redeeming = await oauth.authorizationCodeGrantRequest(server, client, authentication, answered, callback, verifier, { DPoP, ...insecurely });
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, redeeming, expected);
    await oauth.validateApplicationLevelSignature(server, redeeming, insecurely);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const userinfo = await oauth.userInfoRequest(server, client, tokens.access_token, { DPoP, ...insecurely });
    assert.equal((await oauth.processUserInfoResponse(server, client, sub, userinfo)).email, fay.email);
    const refreshing = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, { DPoP, ...insecurely });
    const next = await oauth.processRefreshTokenResponse(server, client, refreshing);
    assert.equal(next.refresh_token, tokens.refresh_token);
    if (bank.signs) {
      const asking = await oauth.introspectionRequest(server, client, authentication, next.access_token, { requestJwtResponse: true, ...insecurely });
      const told = await oauth.processIntrospectionResponse(server, { ...client, introspection_signed_response_alg: "ES256" }, asking);
      await oauth.validateApplicationLevelSignature(server, asking, insecurely);
      assert.equal(told.active, true);
    }
  });
}
