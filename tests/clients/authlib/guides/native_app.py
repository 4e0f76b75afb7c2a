"""An application on a person's own machine: python native_app.py ISSUER CLIENT_ID"""

import http.server
import sys
import webbrowser

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER, CLIENT_ID = sys.argv[1:]
signet = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes the answer, which the browser brings to this machine and nowhere else (RFC 8252 section 7.3)."""

    def do_GET(self):
        self.server.answer = self.path
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"You can close this window and go back to the application.")

    def log_message(self, *_):
        pass


listener = http.server.HTTPServer(("127.0.0.1", 0), Listener)  # any free port: it is no part of the registration
session = OAuth2Session(
    client_id=CLIENT_ID,
    token_endpoint_auth_method="none",
    redirect_uri=f"http://127.0.0.1:{listener.server_port}/callback",
    scope="openid profile email offline_access",
    code_challenge_method="S256",
)
verifier, nonce = generate_token(48), generate_token(20)
url, state = session.create_authorization_url(signet["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
print(f"Open {url}", flush=True)
webbrowser.open(url)

listener.answer = ""
while not listener.answer.startswith("/callback?"):
    listener.handle_request()
tokens = session.fetch_token(
    signet["token_endpoint"], authorization_response=session.redirect_uri + listener.answer[9:], state=state, code_verifier=verifier
)

keys = KeySet.import_key_set(requests.get(signet["jwks_uri"], timeout=10).json())
id_token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
registry = jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": CLIENT_ID}, exp={"essential": True})
registry.validate(id_token.claims)
CodeIDToken(id_token.claims, id_token.header, params={"nonce": nonce, "access_token": tokens["access_token"]}).validate(leeway=10)
person = session.get(signet["userinfo_endpoint"], timeout=10).json()
assert person["sub"] == id_token.claims["sub"]
print(f"Hello {person['name']}", flush=True)

# Later, as often as needed. Keep the newest refresh token where the system keeps passwords.
session.refresh_token(signet["token_endpoint"], refresh_token=tokens["refresh_token"])
print(session.get(signet["userinfo_endpoint"], timeout=10).json()["email"], flush=True)
