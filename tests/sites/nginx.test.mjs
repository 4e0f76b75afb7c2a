// nginx as it stands in docs/guides/nginx.md: in front of Signet, of a site for people and of an API. Run it by
// `scripts/manage.sh test sites`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import https from "node:https";
import test, { after, before } from "node:test";
import { launch } from "../browser/visitor.mjs";
import { api, arrive, everybodyIsTold, issuer, journey, mustSignIn, person, portal, signet, signIn } from "./site.mjs";

const step = journey();
let browser, visitor, ada;

before(async () => {
  browser = await launch();
  visitor = await arrive(browser, { scheme: "dark" });
  ada = person("Ada <Lovelace>");
});
after(() => browser?.close());

/** A request from another address of this machine, so that proxy and device can be told apart. */
function ask(url, { from = "127.0.0.9", method = "GET", headers = {}, json } = {}) {
  return new Promise((done, failed) => {
    const body = json && JSON.stringify(json);
    const type = json ? { "content-type": "application/json" } : {};
    // The certificate is for the host of the URL, whatever the Host header says.
    const { hostname } = new URL(url);
    const servername = hostname === "localhost" ? { servername: hostname } : {};
    const request = https.request(url, { method, headers: { ...type, ...headers }, localAddress: from, family: 4, ...servername }, async (answer) => {
      answer.setEncoding("utf8");
      done({ status: answer.statusCode, headers: answer.headers, text: (await answer.toArray()).join("") });
    });
    request.on("error", failed).end(body);
  });
}

test("the issuer is the public address, and everything is told below it", async () => {
  const { headers, text } = await ask(`${issuer}/.well-known/openid-configuration`);
  const metadata = JSON.parse(text);
  assert.equal(metadata.issuer, issuer);
  for (const [name, value] of Object.entries(metadata))
    if (/_(endpoint|uri|iframe)$/.test(name)) assert.ok(value.startsWith(`${issuer}/`), `${name} is ${value}`);
  assert.match(headers["strict-transport-security"], /max-age=\d{8,}; includeSubDomains/);
});

test("a long authorization request passes", async () => {
  const query = new URLSearchParams({ client_id: "wiki", state: "s".repeat(12_000), redirect_uri: `${process.env.WIKI}/signet` });
  const { status, headers } = await ask(`${issuer}/oauth2/authorize?${query}`);
  assert.equal(status, 303);
  const answer = new URL(headers.location);
  assert.equal(answer.searchParams.get("error"), "invalid_request");
  assert.equal(answer.searchParams.get("state").length, 12_000);
});

test("the device's address is what is recorded, whatever the device claims", async () => {
  const headers = {
    ...{ "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.8;host=evil.test", "x-forwarded-host": "evil.test" },
    ...{ "x-forwarded-proto": "http", "x-real-ip": "198.51.100.9" },
  };
  const login = await ask(`${issuer}/api/v1/auth/login`, { method: "POST", headers, json: { email: ada.email, password: ada.password } });
  assert.equal(login.status, 200, login.text);
  const authorization = `Bearer ${JSON.parse(login.text).access_token}`;
  const { text } = await ask(`${issuer}/api/v1/auth/sessions`, { headers: { authorization } });
  assert.match(text, /"127\.0\.0\.9"/);
  assert.doesNotMatch(text, /198\.51\.100|127\.0\.0\.1"/);
});

test("a host that is not Signet's is turned away", async () => {
  const { status } = await ask(`${issuer}/login`, { headers: { host: "evil.test" } });
  assert.equal(status, 421);
});

step("the site's gate leads to Signet and back to the page that was asked for", async () => {
  visitor.requests.length = 0;
  await mustSignIn(visitor, `${portal}/reports?year=2026&of=b%26c`);
  const [request] = visitor.requests.map((answer) => new URL(answer.url())).filter((url) => url.pathname === "/oauth2/authorize");
  assert.deepEqual([...request.searchParams.keys()].sort(), ["client_id", "request_uri"], "the request was pushed");
  await visitor.look("nginx-login");
  await signIn(visitor, ada);
  assert.equal(visitor.page.url(), `${portal}/reports?year=2026&of=b%26c`);
  assert.equal(decodeURIComponent(await visitor.page.innerText("#name")), ada.name);
  assert.equal(await visitor.page.innerText("#email"), ada.email);
  assert.equal(await visitor.page.innerText("#path"), "/reports?year=2026&of=b%26c");
  await visitor.look("nginx-portal");
});

step("Signet's cookies cannot be read, sent in clear or set by a neighbor", async () => {
  const cookies = await visitor.context.cookies(issuer);
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) {
    assert.match(cookie.name, /^__Host-/);
    assert.ok(cookie.secure && cookie.path === "/" && !cookie.domain.startsWith("."), JSON.stringify(cookie));
  }
  assert.ok(cookies.some((cookie) => cookie.httpOnly));
});

step("nobody becomes somebody by a header", async () => {
  const { status, headers } = await ask(`${portal}/`, { headers: { "x-person": "usr_x", "x-name": "Mallory", "x-return-to": "https://evil.test/" } });
  assert.equal(status, 302);
  assert.ok(headers.location.startsWith(`${issuer}/oauth2/authorize?`));
  await visitor.context.setExtraHTTPHeaders({ "X-Name": "Mallory" });
  await visitor.open(`${portal}/`);
  await visitor.context.setExtraHTTPHeaders({});
  assert.equal(decodeURIComponent(await visitor.page.innerText("#name")), ada.name);
});

step("signing out at Signet closes the gate", async () => {
  await visitor.open(`${issuer}/`);
  await visitor.press("form[action='/sign-out'] button");
  const [notice] = await everybodyIsTold();
  assert.equal(notice.state, "sent", JSON.stringify(notice));
  await mustSignIn(visitor, `${portal}/`);
});

step("signing out at the site ends the session at Signet", async () => {
  await signIn(visitor, ada);
  await visitor.says(/Portal/);
  await visitor.press("#sign-out");
  await visitor.page.waitForURL(`${portal}/gate/goodbye`);
  await mustSignIn(visitor, `${portal}/`);
});

test("`signet login` signs in from a terminal, knowing the authority by http.extra_ca", { timeout: 120_000 }, async (t) => {
  const address = "http://127.0.0.1/callback";
  const client = signet(["client", "create", "--name", "Terminal", "--public", "--application-type", "native", "--redirect-uri", address]);
  const args = ["login", "--client-id", client.client_id, "--no-browser", "--json"];
  const login = spawn(process.env.SIGNET_TEST_BIN, args, { cwd: process.env.SIGNET_TEST_HOME, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => login.kill());
  login.stdout.setEncoding("utf8");
  login.stderr.setEncoding("utf8");
  const printed = login.stdout.toArray();
  let said = "";
  for await (const words of login.stderr) if (/authorize\S*\s/.test((said += words))) break;
  const elsewhere = await arrive(browser);
  await elsewhere.open(said.match(/https:\/\/\S+\/oauth2\/authorize\S+/)[0]);
  await signIn(elsewhere, ada);
  const [[status]] = await Promise.all([once(login, "exit"), elsewhere.press("#consent-allow")]);
  assert.equal(status, 0);
  const { tokens } = JSON.parse((await printed).join(""));
  assert.ok(tokens.access_token && tokens.id_token);
  await elsewhere.leave();
});

/** A program with a client of its own: what it says at Signet. */
function bot(scope) {
  const { client_id, client_secret } = signet(["client", "create", "--name", "Bot", "--grant", "client_credentials", "--scope", scope]);
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
  const post = async (path, form) => {
    const answer = await fetch(`${issuer}${path}`, { method: "POST", headers: { authorization }, body: new URLSearchParams(form) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer;
  };
  const token = async (resource) => (await (await post("/oauth2/token", { grant_type: "client_credentials", resource })).json()).access_token;
  return { id: client_id, token, revoke: (token) => post("/oauth2/revoke", { token }) };
}

const orders = (token) => ask(`${api}/orders`, { headers: token ? { authorization: `Bearer ${token}` } : {} });

test("an API lets in who has a token for it, until it is revoked", async () => {
  const reader = bot("orders.read");
  const nothing = await orders();
  assert.equal(nothing.status, 401);
  assert.equal(nothing.headers["www-authenticate"], "Bearer");
  const token = await reader.token(api);
  assert.doesNotMatch(token, /\./, "an opaque token");
  const answered = await orders(token);
  assert.equal(answered.status, 200, answered.text);
  assert.deepEqual(JSON.parse(answered.text), { person: reader.id, scope: "orders.read", authorization: "" });
  const forged = await orders(`${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}`);
  assert.equal(forged.status, 401);
  assert.match(forged.headers["www-authenticate"], /invalid_token/);
  await reader.revoke(token);
  assert.equal((await orders(token)).status, 401);
});

test("a token for another API, or without the scope, is not enough", async () => {
  const stock = "https://stock.example.com";
  signet(["resource", "create", "--uri", stock, "--scope", "stock.read", "--access-token-format", "opaque"]);
  assert.equal((await orders(await bot("stock.read").token(stock))).status, 401);
  const writing = await orders(await bot("orders.write").token(api));
  assert.equal(writing.status, 403);
  assert.match(writing.headers["www-authenticate"], /insufficient_scope/);
});
