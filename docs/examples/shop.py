"""A shop that signs people in through Signet: the whole app, with Python's standard library only.

    python3 docs/examples/shop.py CLIENT_ID [ISSUER]      then open http://127.0.0.1:9601/

It is a public client, so it has no secret to keep; PKCE protects the code. A real app would use an OpenID Connect library,
which also verifies the ID token's signature; here both tokens come straight from the issuer (OpenID Connect Core 3.1.3.7, 6).
"""

import base64, hashlib, http.server, json, secrets, sys, urllib.error, urllib.parse, urllib.request

CLIENT_ID, ISSUER = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "http://localhost:8001"
HOME, SERVICE = "http://127.0.0.1:9601", "http://127.0.0.1:9602/orders"
asked, tokens = {}, {}  # one person at a time: this is an example


def call(url, form=None, token=None):
    body = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, body, {"Authorization": "Bearer " + token} if token else {})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def claims(jwt):
    return json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))


provider = call(ISSUER + "/.well-known/openid-configuration")
with_query = lambda endpoint, query: provider[endpoint] + "?" + urllib.parse.urlencode(query)


class Shop(http.server.BaseHTTPRequestHandler):
    def login(self, _):
        asked.update(state=secrets.token_urlsafe(), nonce=secrets.token_urlsafe(), verifier=secrets.token_urlsafe(48))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["verifier"].encode()).digest()).rstrip(b"=").decode()
        return with_query("authorization_endpoint", {
            "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": HOME + "/cb", "prompt": "consent",
            "scope": "openid profile email offline_access", "state": asked["state"], "nonce": asked["nonce"],
            "code_challenge": challenge, "code_challenge_method": "S256"})

    def cb(self, query):
        if query.get("state") != asked.get("state") or query.get("iss") != ISSUER:
            return {"refused": "this answer was not asked for"}
        if "error" in query:
            return {"refused": query["error"]}
        tokens.update(call(provider["token_endpoint"], {
            "grant_type": "authorization_code", "code": query["code"], "redirect_uri": HOME + "/cb",
            "client_id": CLIENT_ID, "code_verifier": asked["verifier"]}))
        if claims(tokens["id_token"])["nonce"] != asked["nonce"]:
            return {"refused": "the ID token is not for this sign-in"}
        return HOME + "/"

    def show(self, _):
        return call(provider["userinfo_endpoint"], token=tokens["access_token"]) if tokens else {"sign in": HOME + "/login"}

    def show_tokens(self, _):
        return {name: claims(tokens[name]) for name in ("id_token", "access_token") if name in tokens}

    def orders(self, _):
        return call(SERVICE, token=tokens["access_token"])

    def refresh(self, _):
        before = tokens["refresh_token"]
        tokens.update(call(provider["token_endpoint"], {
            "grant_type": "refresh_token", "refresh_token": before, "client_id": CLIENT_ID}))
        return {"expires_in": tokens["expires_in"], "the refresh token changed": tokens["refresh_token"] != before}

    def logout(self, _):
        hint = tokens["id_token"]
        tokens.clear()
        return with_query("end_session_endpoint", {"id_token_hint": hint, "post_logout_redirect_uri": HOME + "/"})

    PAGES = {"/": show, "/login": login, "/cb": cb, "/tokens": show_tokens, "/orders": orders, "/refresh": refresh, "/logout": logout}

    def do_GET(self):
        path, _, query = self.path.partition("?")
        page = self.PAGES.get(path, lambda *_: {"there is": list(self.PAGES)})
        try:
            answer = page(self, dict(urllib.parse.parse_qsl(query)))
        except urllib.error.HTTPError as refused:
            answer = {"refused": refused.code, "says": refused.read().decode()}
        except KeyError:
            answer = HOME + "/login"
        self.send_response(303 if isinstance(answer, str) else 200)
        self.send_header(*(("Location", answer) if isinstance(answer, str) else ("Content-Type", "application/json")))
        self.end_headers()
        if not isinstance(answer, str):
            self.wfile.write(json.dumps(answer, indent=2).encode() + b"\n")

    def log_message(self, *_):
        pass


print(f"The shop is open at {HOME}/", flush=True)
http.server.HTTPServer(("127.0.0.1", 9601), Shop).serve_forever()
