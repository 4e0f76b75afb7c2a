// The single-page application of docs/guides/single-page-app.md in Chromium, run as the guide shows it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import test, { after, before } from "node:test";
import { someoneKnown } from "./people.mjs";
import { launch } from "./visitor.mjs";

const issuer = process.env.ISSUER;
const guides = path.join(import.meta.dirname, "guides");
const packages = path.join(import.meta.dirname, "..", "clients", "openid-client");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json" };
let server, browser, app;

before(async () => {
  browser = await launch();
  let config;
  server = createServer(async ({ url }, answer) => {
    const { pathname } = new URL(url, "http://localhost");
    const name = pathname === "/" ? "/index.html" : pathname;
    const file = name.startsWith("/node_modules/") ? path.join(packages, name) : path.join(guides, "single_page_app", name);
    const body = name === "/config.json" ? config : await readFile(file).catch(() => undefined);
    answer.writeHead(body ? 200 : 404, { "Content-Type": TYPES[path.extname(name)] ?? "text/plain" }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  app = `http://localhost:${server.address().port}`;
  const env = { ...process.env, APP: app, PATH: `${path.dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}` };
  const printed = execFileSync("sh", [path.join(guides, "single_page_app.sh"), "--json"], { env, cwd: process.env.SIGNET_TEST_HOME });
  config = JSON.stringify({ issuer, client_id: JSON.parse(printed).client_id });
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

test("sign in, refresh, sign out: all from the browser, across origins", { timeout: 60_000 }, async () => {
  const page = await browser.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  const says = (words) => page.waitForFunction((words) => document.getElementById("who")?.textContent === words, words, { timeout: 15_000 });
  const dora = someoneKnown("Dora");
  const hello = `Hello Dora <${dora.email}>`;
  try {
    await page.goto(app);
    await page.click("#in[data-ready]");
    await page.fill("#username", dora.email);
    await page.fill("#password", dora.password);
    await page.click("#login-submit");
    await page.click("#consent-allow");
    await says(hello);
    assert.equal(page.url(), `${app}/`, "the code is gone from the address bar");
    await page.click("#refresh");
    await says(`${hello} again`);
    await page.click("#refresh");
    await says(`${hello} again`);
    await page.click("#out");
    await page.waitForURL(`${app}/`);
    await says("Nobody is signed in");
    await page.click("#in[data-ready]");
    await page.waitForURL(`${issuer}/login*`);
    assert.deepEqual(troubles, []);
  } catch (error) {
    throw new Error(`at ${page.url()}: ${troubles.join("; ")}`, { cause: error });
  }
});
