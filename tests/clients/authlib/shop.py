"""The third-party app: Authlib as its documentation shows it, registered at Signet by the command line."""

import json
import os
import subprocess

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet

CALLBACK = "http://127.0.0.1:9602/cb"
GOODBYE = "http://127.0.0.1:9602/goodbye"
SCOPES = "openid profile email offline_access"


def signet(*arguments, line=""):
    """Runs Signet's command line beside the running service, as its operator would."""
    done = subprocess.run(
        [os.environ["SIGNET_TEST_BIN"], *arguments, "--json"],
        cwd=os.environ["SIGNET_TEST_HOME"],
        input=line.encode(),
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


def discovered(issuer):
    """What the provider says about itself."""
    return fetched(f"{issuer}/.well-known/openid-configuration")


class Shop:
    """The app, and what it discovered about the provider. `secret` is a private key where `method` wants one, used by `alg`."""

    def __init__(self, issuer, *options, method="client_secret_post", secret=None, alg=None, client=None):
        self.metadata = discovered(issuer)
        client = client or signet(
            *("client", "create", "--name", "Shelf", "--redirect-uri", CALLBACK, "--post-logout-redirect-uri", GOODBYE),
            *("--auth-method", method, "--scope", SCOPES),
            *("--grant", "authorization_code", "--grant", "refresh_token", *options),
        )
        self.client_id = client["client_id"]
        self._secret = secret or client["client_secret"]
        self._method = method
        self._alg = alg

    def session(self, scope=SCOPES):
        """An Authlib session, as the app opens one for each person."""
        session = OAuth2Session(
            client_id=self.client_id,
            client_secret=self._secret,
            token_endpoint_auth_method=self._method,
            revocation_endpoint_auth_method=self._method,
            redirect_uri=CALLBACK,
            scope=scope,
            code_challenge_method="S256",
        )
        if self._method == "client_secret_jwt":
            session.register_client_auth_method(ClientSecretJWT(self.metadata["token_endpoint"]))
        if self._method == "private_key_jwt":
            session.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"], alg=self._alg))
        return session

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
