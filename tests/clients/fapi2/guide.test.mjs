// The application of docs/guides/fapi2.md, run as the guide shows it, under both profiles. The test is the person, the browser and the
// proxy that speaks TLS. Needs ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Person } from "../openid-client/person.mjs";
import { Departure } from "../openid-client/walker.mjs";
import { issuer } from "./bank.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const APP = "https://bank.example.com";

for (const PROFILE of ["fapi2", "fapi2-message-signing"]) {
  test(`the guide, ${PROFILE}`, { timeout: 120_000 }, async (t) => {
    const cwd = mkdtempSync(join(process.env.SIGNET_TEST_HOME, "guide-"));
    symlinkSync(join(here, "guides"), join(cwd, "guides"));
    const env = { ...process.env, PROFILE, PATH: `${dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}` };
    const run = { cwd, env, encoding: "utf8", timeout: 60_000 };
    execFileSync(process.execPath, ["guides/make_key.mjs"], run);
    assert.equal(statSync(join(cwd, "bank_key.json")).mode & 0o777, 0o600);
    const client = JSON.parse(execFileSync("sh", ["guides/bank.sh", "--json"], run));
    const app = spawn(process.execPath, ["guides/bank.mjs"], {
      cwd,
      env: { ...env, ISSUER: issuer, CLIENT_ID: client.client_id, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => app.kill());
    const [ready] = await createInterface({ input: app.stdout })[Symbol.asyncIterator]().next().then(({ value }) => value.split(" ").slice(-1));
    let cookie = "";
    const proxied = async (url) => {
      const answer = await fetch(new URL(url.pathname + url.search, ready), { redirect: "manual", headers: { Cookie: cookie } });
      for (const set of answer.headers.getSetCookie()) cookie = set.split(";")[0];
      return answer;
    };
    const locationOf = (answer) => {
      assert.equal(answer.status, 303);
      return new URL(answer.headers.get("location"));
    };

    const ida = await Person.known(issuer, "Ida");
    const begun = locationOf(await proxied(new URL(APP)));
    const asked = locationOf(await proxied(begun));
    assert.deepEqual([...asked.searchParams.keys()].sort(), ["client_id", "request_uri"]);
    const consent = await ida.signIn(await ida.walker.open(asked));
    const arrival = await ida.walker.submit(consent, "#consent-allow");
    assert.ok(arrival instanceof Departure && arrival.url.href.startsWith(`${APP}/callback?`));
    const done = locationOf(await proxied(arrival.url));
    const page = await proxied(done);
    assert.equal(await page.text(), `Hello ${ida.email}`);
  });
}
