"""A person and an app written with Authlib: register, verify by code, sign in, allow, tokens, refresh, sign out.

Needs ISSUER, MAIL_DIR, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
"""

import os
import secrets
import unittest
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.integrations.base_client import OAuthError

from inbox import code_in, mail_to
from shop import CALLBACK, GOODBYE, Shop
from walker import Departure, Page, Walker

ISSUER = os.environ["ISSUER"]
PASSWORD = "a battery of staples " + secrets.token_hex(6)
EMAIL = f"bob-{secrets.token_hex(4)}@example.test"


def parameters(url):
    """The query of an address, one value a name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class Journey(unittest.TestCase):
    """The steps build on each other, so they run in the order of their numbers and stop at the first failure."""

    @classmethod
    def setUpClass(cls):
        cls.shop = Shop(ISSUER)
        cls.session = cls.shop.session()
        cls.walker = Walker(ISSUER)
        cls.token = cls.claims = None
        cls.addClassCleanup(cls.session.close)
        cls.addClassCleanup(lambda: cls.walker.close())

    def sign_in(self, page):
        self.assertIn("Sign in", page.text)
        return self.walker.submit(page, "#login-submit", username=EMAIL, password=PASSWORD)

    def arrive(self, url):
        """Opens an authorization address that must end at the app without a question."""
        end = self.walker.open(url)
        self.assertIsInstance(end, Departure, getattr(end, "text", "")[:400])
        return end.url

    def refused(self, error, ask, *arguments):
        with self.assertRaises(OAuthError) as caught:
            ask(*arguments)
        self.assertEqual(caught.exception.error, error)

    def test_1_discovery_is_consistent(self):
        self.assertEqual(self.shop.metadata["issuer"], ISSUER)
        self.assertIn("client_secret_post", self.shop.metadata["token_endpoint_auth_methods_supported"])
        self.assertIn("refresh_token", self.shop.metadata["grant_types_supported"])
        # Nothing that puts a token into the front channel, unless the operator switches it on.
        self.assertEqual(self.shop.metadata["response_types_supported"], ["code", "none"])

    def test_2_register_and_verify_by_code(self):
        page = self.walker.submit(self.walker.open("/register"), "input[name=email]", email=EMAIL, password=PASSWORD, name="Bob")
        self.assertIsInstance(page, Page)
        page = self.walker.submit(page, "input[name=code]", code=code_in(mail_to(EMAIL, "verif|confirm")))
        self.assertEqual(page.status, 200, page.text[:400])
        self.assertIsNone(page.document.select_one("input[name=code]"), page.text[:400])

    def test_3_sign_in_allow_and_redeem(self):
        Journey.walker.close()
        Journey.walker = Walker(ISSUER)  # a browser that has never been here
        url, state, verifier, nonce = self.shop.visit(self.session, prompt="consent")
        consent = self.sign_in(self.walker.open(url))
        self.assertIn("Shelf", consent.text)
        end = self.walker.submit(consent, "#consent-allow")
        self.assertIsInstance(end, Departure)
        self.assertTrue(end.url.startswith(CALLBACK + "?"))
        self.assertEqual(parameters(end.url)["iss"], ISSUER)
        Journey.token = self.shop.redeem(self.session, end.url, state, verifier)
        header, Journey.claims = self.shop.verified(self.token["id_token"], ["RS256"], aud=self.shop.client_id, nonce=nonce)
        self.assertEqual(header["alg"], "RS256")
        self.refused("invalid_grant", self.shop.redeem, self.shop.session(), end.url, state, verifier)
        # The replay took back the first answer's tokens, so the person comes again for the steps that follow.
        url, state, verifier, _ = self.shop.visit(self.session)
        Journey.token = self.shop.redeem(self.session, self.arrive(url), state, verifier)

    def test_4_access_token_verifies_and_opens_userinfo(self):
        header, claims = self.shop.verified(
            self.token["access_token"], ["ES256"], client_id=self.shop.client_id, sub=self.claims["sub"]
        )
        self.assertEqual(header["typ"], "at+jwt")
        self.assertIn("email", claims["scope"].split())
        answer = self.session.get(self.shop.metadata["userinfo_endpoint"], timeout=15)
        self.assertEqual(answer.status_code, 200)
        person = answer.json()
        self.assertEqual((person["sub"], person["email"], person["name"]), (self.claims["sub"], EMAIL, "Bob"))

    def test_5_refresh_rotates_and_repeats(self):
        oldest = self.token["refresh_token"]
        one, two = self.shop.refresh(self.session, oldest), self.shop.refresh(self.session, oldest)
        self.assertNotEqual(one["refresh_token"], oldest)
        self.assertEqual(one["refresh_token"], two["refresh_token"])
        self.shop.verified(one["access_token"], ["ES256"], sub=self.claims["sub"])
        self.shop.refresh(self.session, one["refresh_token"])
        self.refused("invalid_grant", self.shop.refresh, self.session, oldest)

    def test_6_wrong_verifier_and_wrong_redirect_uri(self):
        url, state, _, _ = self.shop.visit(self.session)
        self.refused("invalid_grant", self.shop.redeem, self.session, self.arrive(url), state, "x" * 64)
        page = self.walker.open(url.replace("%3A9602", "%3A9603"))
        self.assertIsInstance(page, Page)
        self.assertEqual(page.status, 400)
        self.assertIn("redirect_uri", page.text)

    def test_7_sign_out(self):
        asked = {"id_token_hint": self.token["id_token"], "post_logout_redirect_uri": GOODBYE, "state": "s1"}
        end = self.arrive(f"{self.shop.metadata['end_session_endpoint']}?{urlencode(asked)}")
        self.assertEqual(end, f"{GOODBYE}?state=s1")
        url, *_ = self.shop.visit(self.session, prompt="none")
        self.assertEqual(parameters(self.arrive(url))["error"], "login_required")


if __name__ == "__main__":
    unittest.main(failfast=True)
