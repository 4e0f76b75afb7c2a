"""Authlib at a Signet with everything switched on: client assertions, hybrid, introspection, revocation, registration.

Needs ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`. Authlib has no client for pushed
requests, signed requests or registration; where a test needs one, it speaks HTTP itself.
"""

import json
import os
import secrets
import tempfile
import unittest
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken, HybridIDToken
from joserfc.errors import InvalidClaimError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shop import CALLBACK, Shop, discovered, signet
from walker import Departure, Walker

ISSUER = os.environ["ISSUER"]
KEYS = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "PS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
}


def jwks_file(key):
    """A file with the public half of a key, as the operator is given it."""
    document = KeySet([key]).as_dict(private=False)
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=os.environ["SIGNET_TEST_HOME"], delete=False) as file:
        json.dump(document, file)
    return file.name


class Everything(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        email, password = f"bob-{secrets.token_hex(4)}@example.test", "a battery of staples " + secrets.token_hex(6)
        options = ("--email", email, "--name", "Bob", "--verified", "--password-stdin")
        cls.subject = signet("user", "create", *options, line=password + "\n")["user_id"]
        cls.walker = Walker(ISSUER)
        cls.addClassCleanup(cls.walker.close)
        cls.walker.submit(cls.walker.open("/login"), "#login-submit", username=email, password=password)

    def arrive(self, url):
        """Opens an authorization address that must end at the app."""
        end = self.walker.open(url)
        if not isinstance(end, Departure) and end.document.select_one("#consent-allow"):
            end = self.walker.submit(end, "#consent-allow")
        self.assertIsInstance(end, Departure, getattr(end, "text", "")[:400])
        return end.url

    def refused(self, error, ask, *arguments, **more):
        with self.assertRaises(OAuthError) as caught:
            ask(*arguments, **more)
        self.assertEqual(caught.exception.error, error)

    def tokens_of(self, shop, session):
        """Bob's tokens for the app, its ID token checked by Authlib."""
        url, state, verifier, nonce = shop.visit(session)
        tokens = shop.redeem(session, self.arrive(url), state, verifier)
        header, claims = shop.verified(tokens["id_token"], ["RS256"], aud=shop.client_id)
        params = {"nonce": nonce, "client_id": shop.client_id, "access_token": tokens["access_token"]}
        CodeIDToken(claims, header, params=params).validate(leeway=10)
        with self.assertRaises(InvalidClaimError):
            CodeIDToken(claims, header, params=params | {"access_token": "another"}).validate(leeway=10)
        return tokens

    def test_client_assertions(self):
        for alg, generate in KEYS.items():
            with self.subTest(alg):
                key = generate()
                options = ("--first-party", "--jwks", jwks_file(key))
                shop = Shop(ISSUER, *options, method="private_key_jwt", secret=key, alg=alg)
                session = shop.session()
                tokens = self.tokens_of(shop, session)
                shop.refresh(session, tokens["refresh_token"])
                stranger = Shop(ISSUER, *options, method="private_key_jwt", secret=generate(), alg=alg)
                self.refused("invalid_client", stranger.refresh, stranger.session(), "any")

    def test_client_secret_jwt(self):
        shop = Shop(ISSUER, "--first-party", method="client_secret_jwt")
        session = shop.session()
        tokens = self.tokens_of(shop, session)
        shop.refresh(session, tokens["refresh_token"])

    def test_client_credentials(self):
        for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt"):
            with self.subTest(method):
                options = ("--grant", "client_credentials", "--scope", "jobs:run")
                client = signet("client", "create", "--name", "Robot", "--auth-method", method, *options)
                robot = Shop(ISSUER, method=method, client=client)
                token = robot.session(scope="jobs:run").fetch_token(robot.metadata["token_endpoint"], grant_type="client_credentials")
                _, claims = robot.verified(token["access_token"], ["ES256"], client_id=client["client_id"])
                self.assertEqual(claims["scope"], "jobs:run")

    def test_introspection_and_revocation(self):
        shop = Shop(ISSUER, "--first-party")
        session = shop.session()
        tokens = self.tokens_of(shop, session)
        introspect, revoke = shop.metadata["introspection_endpoint"], shop.metadata["revocation_endpoint"]

        def told(name):
            return session.introspect_token(introspect, token=tokens[name], token_type_hint=name).json()

        self.assertEqual((told("access_token")["active"], told("access_token")["sub"]), (True, self.subject))
        self.assertTrue(told("refresh_token")["active"])
        self.assertEqual(session.revoke_token(revoke, token=tokens["refresh_token"], token_type_hint="refresh_token").status_code, 200)
        self.assertEqual((told("access_token"), told("refresh_token")), ({"active": False}, {"active": False}))
        self.refused("invalid_grant", shop.refresh, session, tokens["refresh_token"])

    def test_hybrid(self):
        for response_type in ("code id_token", "code id_token token"):
            with self.subTest(response_type):
                shop = Shop(ISSUER, "--first-party", "--response-type", response_type, "--grant", "implicit")
                session = shop.session()
                # Authlib adds the challenge to requests for a code alone.
                verifier = secrets.token_urlsafe(48)
                pkce = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
                url, state, _, nonce = shop.visit(session, response_type=response_type, **pkce)
                arrival = urlsplit(self.arrive(url))
                self.assertEqual(arrival.query, "")
                answer = {name: values[0] for name, values in parse_qs(arrival.fragment).items()}
                self.assertEqual((answer["state"], answer["iss"]), (state, ISSUER))
                header, claims = shop.verified(answer["id_token"], ["RS256"], aud=shop.client_id)
                params = {"nonce": nonce, "code": answer["code"], "access_token": answer.get("access_token")}
                HybridIDToken(claims, header, params=params).validate(leeway=10)
                with self.assertRaises(InvalidClaimError):
                    HybridIDToken(claims, header, params=params | {"code": "another"}).validate(leeway=10)
                tokens = session.fetch_token(shop.metadata["token_endpoint"], code=answer["code"], code_verifier=verifier)
                _, later = shop.verified(tokens["id_token"], ["RS256"], aud=shop.client_id, nonce=nonce)
                self.assertEqual((later["iss"], later["sub"]), (claims["iss"], claims["sub"]))  # Core §3.3.3.6

    def test_a_client_that_registered_itself(self):
        wanted = {"client_name": "Self-made", "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"]}
        answer = requests.post(
            discovered(ISSUER)["registration_endpoint"],
            json=wanted | {"token_endpoint_auth_method": "client_secret_post"},
            timeout=15,
        )
        self.assertEqual(answer.status_code, 201, answer.text)
        shop = Shop(ISSUER, client=answer.json())
        session = shop.session()
        tokens = self.tokens_of(shop, session)
        self.assertEqual(session.get(shop.metadata["userinfo_endpoint"], timeout=15).json()["sub"], self.subject)
        shop.refresh(session, tokens["refresh_token"])


if __name__ == "__main__":
    unittest.main()
