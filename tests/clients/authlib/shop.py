"""The third-party app: Authlib as its documentation shows it, registered at Signet by the command line."""

import json
import os
import subprocess

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

CALLBACK = "http://127.0.0.1:9602/cb"
GOODBYE = "http://127.0.0.1:9602/goodbye"
SCOPES = "openid profile email offline_access"


def signet(*arguments):
    """Runs Signet's command line beside the running service, as its operator would."""
    done = subprocess.run(
        [os.environ["SIGNET_TEST_BIN"], *arguments, "--json"],
        cwd=os.environ["SIGNET_TEST_HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def fetched(url):
    """The JSON document at this address."""
    answer = requests.get(url, timeout=15)
    answer.raise_for_status()
    return answer.json()


class Shop:
    """The app, and what it discovered about the provider."""

    def __init__(self, issuer):
        self.metadata = fetched(f"{issuer}/.well-known/openid-configuration")
        client = signet(
            *("client", "create", "--name", "Shelf", "--redirect-uri", CALLBACK, "--post-logout-redirect-uri", GOODBYE),
            *("--auth-method", "client_secret_post", "--scope", SCOPES),
            *("--grant", "authorization_code", "--grant", "refresh_token"),
        )
        self.client_id = client["client_id"]
        self._secret = client["client_secret"]

    def session(self, scope=SCOPES):
        """An Authlib session, as the app opens one for each person."""
        return OAuth2Session(
            client_id=self.client_id,
            client_secret=self._secret,
            token_endpoint_auth_method="client_secret_post",
            redirect_uri=CALLBACK,
            scope=scope,
            code_challenge_method="S256",
        )

    def visit(self, session, **parameters):
        """Starts an authorization: where to send the person, the state, the PKCE verifier and the nonce."""
        verifier, nonce = generate_token(48), generate_token(20)
        url, state = session.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **parameters
        )
        return url, state, verifier, nonce

    def redeem(self, session, arrival, state, verifier):
        """Redeems the code that the address `arrival` carries."""
        return session.fetch_token(
            self.metadata["token_endpoint"], authorization_response=arrival, state=state, code_verifier=verifier
        )

    def refresh(self, session, token):
        return session.refresh_token(self.metadata["token_endpoint"], refresh_token=token)

    def verified(self, token, algorithms, **claims):
        """Verifies a token as a service behind the app would: by the published keys alone. Returns header and claims."""
        keys = KeySet.import_key_set(fetched(self.metadata["jwks_uri"]))
        decoded = jwt.decode(token, keys, algorithms=algorithms)
        wanted = {"iss": self.metadata["issuer"], **claims}
        registry = jwt.JWTClaimsRegistry(
            exp={"essential": True}, **{name: {"essential": True, "value": value} for name, value in wanted.items()}
        )
        registry.validate(decoded.claims)
        return decoded.header, decoded.claims
