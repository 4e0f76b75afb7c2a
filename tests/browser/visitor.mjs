// A person at a browser: opens pages, and looks at each of them as a careful reviewer would.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import axe from "axe-core";
import { chromium } from "playwright-core";

/** WCAG 2.2 AA and everything it includes. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };

const options = () => ({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As root, as on build machines, Chromium's sandbox cannot start.
  chromiumSandbox: process.getuid() !== 0,
  args: [
    ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    ...["--disable-component-update", "--disable-sync"],
  ],
});

/** A browser whose contexts are private windows. */
export const launch = () => chromium.launch(options());

/** A browser with a profile in this directory, set to show frames the cookies of their sites. */
export async function launchProfile(directory) {
  await mkdir(path.join(directory, "Default"), { recursive: true });
  const preferences = { profile: { block_third_party_cookies: false, cookie_controls_mode: 0 } };
  await writeFile(path.join(directory, "Default", "Preferences"), JSON.stringify(preferences));
  return chromium.launchPersistentContext(directory, { ...options(), ignoreHTTPSErrors: true });
}

export class Visitor {
  complaints = [];
  requests = [];
  #looks = 0;

  /**
   * @param hosts the only hosts a page may ask for anything.
   * @param forgiven what the browser may complain about, as a regular expression.
   */
  static async arrive(browser, { size, scheme, scripts, hosts, folder = "", forgiven = /(?!)/ }) {
    const visitor = new Visitor();
    Object.assign(visitor, { size, scripts, hosts, forgiven });
    visitor.folder = path.join(process.env.SCREENSHOT_DIR, folder, `${size}-${scheme}-${scripts ? "scripts" : "plain"}`);
    await mkdir(visitor.folder, { recursive: true });
    visitor.context = await browser.newContext({
      ...{ viewport: SIZES[size], colorScheme: scheme, javaScriptEnabled: scripts, isMobile: size === "phone", hasTouch: size === "phone" },
      // The tests' own authority is not one that Chromium knows.
      ...{ locale: "en-US", reducedMotion: "reduce", ignoreHTTPSErrors: true },
    });
    visitor.context.setDefaultTimeout(15_000);
    visitor.page = await visitor.context.newPage();
    visitor.#watch();
    return visitor;
  }

  #watch() {
    const complain = (what) => this.forgiven.test(what) || this.complaints.push(`${new URL(this.page.url()).pathname}: ${what}`);
    this.page.on("pageerror", (error) => complain(error.message));
    this.page.on("console", (message) => {
      // Chromium reports a 4xx this way, a page's own included; below, the status of everything else is judged.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complain(message.text());
    });
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && !this.hosts.includes(url.host)) complain(`asked a foreign host: ${url}`);
    });
    this.page.on("response", (response) => {
      this.requests.push(response);
      if (response.status() >= 400 && !response.request().isNavigationRequest()) complain(`${response.status()} for ${response.url()}`);
    });
  }

  open(url) {
    return this.page.goto(url);
  }

  /** Keeps the browser from arriving at `url`, where a page goes on by itself, until the function that this returns is called. */
  async hold(url) {
    let goOn;
    const released = new Promise((done) => (goOn = done));
    await this.page.route(url, (route) => released.then(() => route.continue()), { times: 1 });
    return goOn;
  }

  /** Clicks and waits for the page that follows. */
  async press(selector) {
    await Promise.all([this.page.waitForEvent("framenavigated"), this.page.click(selector)]);
    await this.page.waitForLoadState();
  }

  /** Fills fields by their names and presses a button of that form. */
  async fill(values, button) {
    for (const [name, value] of Object.entries(values)) await this.page.fill(`main [name=${name}]`, value);
    await this.press(button ?? `main form:has([name=${Object.keys(values)[0]}]) button.button`);
  }

  async words() {
    return (await this.page.locator("body").innerText()).replace(/\s+/g, " ");
  }

  async says(words) {
    const all = await this.words();
    assert.match(all, words, `${this.page.url()} says: ${all.slice(0, 400)}`);
  }

  async has(...selectors) {
    for (const selector of selectors) assert.equal(await this.page.locator(selector).count(), 1, `${selector} on ${this.page.url()}`);
  }

  /** Takes a picture, and holds the page to what every page must keep; `except` names rules of axe that it cannot. */
  async look(name, { except = [] } = {}) {
    const file = `${String(++this.#looks).padStart(2, "0")}-${name}.png`;
    assert.match(await this.page.title(), /\S/);
    assert.equal(await this.page.locator("h1").count(), 1, `${name} has one heading of the first rank`);
    const inline = "[style], style, script:not([src], [nonce]), [onclick], [onload], [onsubmit]";
    assert.equal(await this.page.locator(inline).count(), 0, `${name} has inline style or script`);
    // After the look at the markup, because Playwright hides the caret with a style of its own.
    await this.page.screenshot({ path: path.join(this.folder, file), fullPage: true });
    if (this.scripts) await this.#inspect(name, except);
    assert.deepEqual(this.complaints, [], `the browser complained at ${name}`);
  }

  async #inspect(name, except) {
    // Evaluated from outside, so that the page's Content-Security-Policy stays in force for the page itself.
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(
      (rules) => globalThis.axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"], preload: false }),
      RULES,
    );
    const violations = found.violations.filter((each) => !except.includes(each.id)).map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html).join(" | ")}`);
    assert.deepEqual(violations, [], `accessibility of ${name}`);
    // WCAG 1.4.10: nothing scrolls sideways at 320 CSS pixels.
    await this.page.setViewportSize({ width: 320, height: 640 });
    const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await this.page.setViewportSize(SIZES[this.size]);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at 320 px`);
  }

  leave() {
    return this.context.close();
  }
}
