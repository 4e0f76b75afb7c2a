// An application's page in Chromium asks Signet's frame whether the session changed (OpenID Connect Session Management 1.0). Run it by
// `scripts/manage.sh test browser`.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { someoneKnown } from "../people.mjs";
import { Shop } from "../shop.mjs";
import { launch, launchProfile } from "../visitor.mjs";

const issuer = process.env.ISSUER;

/** Somebody who is signed in at an application on this host, and the application's page with Signet's frame. */
async function watching(context, host) {
  const shop = await Shop.open(issuer, { options: () => ["--first-party"], host });
  const person = someoneKnown("Alice");
  const page = await context.newPage();
  await page.goto(shop.start());
  await page.click("#start");
  await page.fill("#username", person.email);
  await page.fill("#password", person.password);
  await page.click("#login-submit");
  await page.waitForURL((url) => url.href.startsWith(`${shop.origin}/cb`));
  await page.goto(`${shop.origin}/session`);
  const ask = (message) => page.evaluate((message) => globalThis.ask(message), message);
  return { shop, ask };
}

async function signsOut(context) {
  const page = await context.newPage();
  await page.goto(`${issuer}/`);
  await page.click("main form[action='/sign-out'] button");
  await page.getByRole("heading", { name: "signed out" }).waitFor();
  await page.close();
}

async function unchangedUntilSignedOut(context, host) {
  const { shop, ask } = await watching(context, host);
  try {
    assert.equal(await ask(), "unchanged");
    assert.equal(await ask(), "unchanged", "asking changes nothing");
    assert.equal(await ask("no message of that form"), "error");
    assert.equal(await ask(`another-client ${shop.sessionState}`), "changed");
    const visit = await context.newPage();
    await visit.goto(`${issuer}/`);
    assert.equal(await ask(), "unchanged", "looking at one's account changes nothing");
    await signsOut(context);
    assert.equal(await ask(), "changed");
  } finally {
    shop.close();
  }
}

test("an application on Signet's own site", { timeout: 60_000 }, async () => {
  const browser = await launch();
  try {
    await unchangedUntilSignedOut(await browser.newContext({ ignoreHTTPSErrors: true }), "localhost");
  } finally {
    await browser.close();
  }
});

test("an application on another site, in a browser that shows frames their cookies", { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "signet-profile-"));
  const context = await launchProfile(directory);
  try {
    await unchangedUntilSignedOut(context, "127.0.0.1");
  } finally {
    await context.close();
    await rm(directory, { recursive: true, force: true });
  }
});

// Chromium's contexts without a profile are private windows, which do that.
test("a browser that keeps cookies from frames: nothing can be said, before and after", { timeout: 60_000 }, async () => {
  const browser = await launch();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const { shop, ask } = await watching(context, "127.0.0.1");
  try {
    assert.equal(await ask(), "error");
    await signsOut(context);
    assert.equal(await ask(), "error");
  } finally {
    await browser.close();
    shop.close();
  }
});
