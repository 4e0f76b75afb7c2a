// The web application of docs/guides/web-app.md, run as the guide shows it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { CookieJar } from "tough-cookie";
import { Person } from "../person.mjs";
import { signet } from "../signet.mjs";
import { Page } from "../walker.mjs";

const ISSUER = process.env.ISSUER;
const guide = path.join(import.meta.dirname, "..", "guides");
let running;
after(() => running?.kill());

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Registers the application by the guide's command and starts it. */
async function start() {
  const APP = `http://localhost:${await freePort()}`;
  const env = { ...process.env, APP, PATH: `${path.dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}` };
  const registered = await promisify(execFile)("sh", [path.join(guide, "web_app.sh"), "--json"], { env, cwd: process.env.SIGNET_TEST_HOME });
  const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } = JSON.parse(registered.stdout);
  running = spawn(process.execPath, [path.join(guide, "web_app.mjs")], {
    env: { ...env, ISSUER, CLIENT_ID, CLIENT_SECRET },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(running.stdout.setEncoding("utf8"), "data");
  assert.match(line, /is ready/);
  return APP;
}

/** The person's browser at the application. */
class Visit {
  #jar = new CookieJar();

  async ask(url, method = "GET") {
    const answer = await fetch(url, { method, redirect: "manual", headers: { Cookie: await this.#jar.getCookieString(url) } });
    for (const header of answer.headers.getSetCookie()) await this.#jar.setCookie(header, url);
    return { status: answer.status, location: answer.headers.get("location"), words: await answer.text() };
  }
}

test("sign in, ask for more, sign out here, be signed out from elsewhere", { timeout: 120_000 }, async () => {
  const app = await start();
  const alice = await Person.known(ISSUER, "Alice");
  const visit = new Visit();
  const signIn = async () => {
    let page = await alice.walker.open((await visit.ask(`${app}/login`)).location);
    if (page instanceof Page && page.text.includes("Sign in")) page = await alice.signIn(page);
    if (page instanceof Page) page = await alice.walker.submit(page, "#consent-allow");
    assert.equal((await visit.ask(page.url.href)).location, "/");
    assert.equal((await visit.ask(`${app}/`)).words, "Hello Alice");
  };
  assert.equal((await visit.ask(`${app}/`)).words, "Nobody is signed in");
  await signIn();
  assert.equal((await visit.ask(`${app}/email`)).words, alice.email);

  const out = await visit.ask(`${app}/logout`, "POST");
  assert.equal((await alice.walker.open(out.location)).url.href, `${app}/`);
  assert.equal((await visit.ask(`${app}/`)).words, "Nobody is signed in");

  await signIn();
  await signet("user", "lock", alice.email);
  const deadline = Date.now() + 30_000;
  while ((await visit.ask(`${app}/`)).words !== "Nobody is signed in") assert.ok(Date.now() < deadline, "the notice came");

  const stranger = await new Visit().ask(`${app}/callback?code=x&state=y`);
  assert.equal(stranger.status, 400);
});
