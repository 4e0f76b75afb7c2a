"""A service that acts for itself: python service.py ISSUER CLIENT_ID"""

import json
import sys
from pathlib import Path

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

ISSUER, CLIENT_ID = sys.argv[1:]
signet = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
key = ECKey.import_key(json.loads(Path("service_key.json").read_text()))

session = OAuth2Session(client_id=CLIENT_ID, client_secret=key, token_endpoint_auth_method="private_key_jwt")
session.register_client_auth_method(PrivateKeyJWT(signet["token_endpoint"], alg="ES256", headers={"kid": key.kid}))
token = session.fetch_token(
    signet["token_endpoint"], grant_type="client_credentials", scope="orders:read", resource="https://orders.example.com"
)
print(json.dumps(token))  # in earnest: session.get("https://orders.example.com/…"), and again when it has expired
