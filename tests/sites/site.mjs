// What the journeys through the sites share: where everything is, people, and Signet's command line.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Visitor } from "../browser/visitor.mjs";

/** Where everything is, by the names of the guides. */
export const { ISSUER: issuer, WIKI: wiki, INTRANET: intranet, PORTAL: portal, API: api } = process.env;

/** A browser of its own on a desktop. */
export function arrive(browser, { scheme = "light", ...more } = {}) {
  const hosts = [issuer, wiki, intranet, portal].map((url) => new URL(url).host);
  return Visitor.arrive(browser, { size: "desktop", scheme, scripts: true, hosts, folder: "sites", ...more });
}

/** Runs `signet … --json` and returns what it printed. */
export function signet(args, input = "") {
  const printed = execFileSync(process.env.SIGNET_TEST_BIN, [...args, "--json"], {
    ...{ cwd: process.env.SIGNET_TEST_HOME, encoding: "utf8", input, stdio: ["pipe", "pipe", "inherit"], timeout: 60_000 },
  });
  return JSON.parse(printed);
}

/** Somebody whose address is known already. */
export function person(name) {
  const email = `${randomBytes(6).toString("hex")}@example.test`;
  const password = `several quiet words ${randomBytes(4).toString("hex")}`;
  signet(["user", "create", "--email", email, "--name", name, "--verified", "--password-stdin"], `${password}\n`);
  return { name, email, password };
}

/** Waits until every application that is to hear of an ended session has taken the news, and returns the newest notices. */
export async function everybodyIsTold() {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const notices = signet(["session", "notices"]);
    const waiting = notices.filter((notice) => notice.state === "pending");
    if (waiting.length === 0) return notices;
    assert.ok(Date.now() < deadline, `still not told: ${JSON.stringify(waiting)}`);
    await pause(500);
  }
}

/** The page asks for a sign-in at Signet. */
export async function mustSignIn(visitor, url) {
  await visitor.open(url);
  assert.ok(visitor.page.url().startsWith(`${issuer}/`), `at ${visitor.page.url()}`);
  await visitor.has("#username", "#password", "#login-submit");
}

/** Fills the sign-in page. */
export const signIn = (visitor, someone) => visitor.fill({ username: someone.email, password: someone.password }, "#login-submit");

/** Steps that build on each other: after a failure the rest would only repeat it. */
export function journey() {
  let broken = false;
  return (name, walk) =>
    test(name, { timeout: 120_000 }, async (t) => {
      if (broken) return t.skip("an earlier step failed");
      broken = true;
      await walk(t);
      broken = false;
    });
}
