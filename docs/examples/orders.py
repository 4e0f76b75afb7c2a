"""A service that knows people by their access tokens: verified with the issuer's public keys, without asking it each time.

    pip install joserfc      python3 docs/examples/orders.py [ISSUER]      answers at http://127.0.0.1:9602/orders
"""

import http.server, json, sys, time, urllib.request

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8001"
fetch = lambda url: json.load(urllib.request.urlopen(url))
keys = {"read": 0, "set": None}


def key_set():
    if time.time() - keys["read"] > 300:  # as long as the JWK Set's Cache-Control allows
        jwks_uri = fetch(ISSUER + "/.well-known/openid-configuration")["jwks_uri"]
        keys.update(read=time.time(), set=KeySet.import_key_set(fetch(jwks_uri)))
    return keys["set"]


# RFC 9068, 4: every one of these must be there and right.
wanted = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": ISSUER},
    exp={"essential": True}, sub={"essential": True}, client_id={"essential": True})


def person(authorization):
    """Whose token it is. Raises JoseError or ValueError where it is not good."""
    token = jwt.decode(authorization.removeprefix("Bearer "), key_set(), algorithms=["ES256"])
    if token.header.get("typ") != "at+jwt":
        raise ValueError("not an access token")
    wanted.validate(token.claims)
    return token.claims


class Orders(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            claims = person(self.headers.get("Authorization", ""))
            status, answer = 200, {"orders of": claims["sub"], "by way of": claims["client_id"], "orders": ["tea"]}
        except (JoseError, ValueError) as error:
            status, answer = 401, {"error": "invalid_token", "why": str(error)}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() + b"\n")

    def log_message(self, *_):
        pass


print("Orders are told at http://127.0.0.1:9602/orders", flush=True)
http.server.HTTPServer(("127.0.0.1", 9602), Orders).serve_forever()
