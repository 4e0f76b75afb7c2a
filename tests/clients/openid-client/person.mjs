// What a person does on Signet's pages.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { linkIn, mailTo } from "../mail-sink/inbox.mjs";
import { signetWith } from "./signet.mjs";
import { Departure, Page, Walker } from "./walker.mjs";

export class Person {
  /** A new name each time, so that a run never meets an earlier one. */
  constructor(issuer, name) {
    this.origin = new URL(issuer).origin;
    this.name = name;
    this.email = `${name.toLowerCase()}-${randomBytes(4).toString("hex")}@example.test`;
    this.password = `correct horse ${randomBytes(6).toString("hex")}`;
    this.walker = new Walker(this.origin);
  }

  /** Takes a browser that has never been here. */
  changeBrowser() {
    this.walker = new Walker(this.origin);
  }

  /** Somebody whose account the operator made. */
  static async known(issuer, name) {
    const person = new Person(issuer, name);
    const options = ["--email", person.email, "--name", name, "--verified", "--password-stdin"];
    person.subject = (await signetWith(`${person.password}\n`, "user", "create", ...options)).user_id;
    return person;
  }

  /** The same, signed in already. */
  static async signedIn(issuer, name) {
    const person = await Person.known(issuer, name);
    await person.signIn(await person.walker.open("/login"));
    return person;
  }

  async register() {
    const form = await this.walker.open("/register");
    const page = await this.walker.submit(form, "input[name=email]", { email: this.email, password: this.password, name: this.name });
    assert.ok(page instanceof Page && page.status === 200, `registering answered ${page.status}`);
    return page;
  }

  /** Opens the link of the mail, which only shows a button, and presses it. */
  async verify() {
    const link = linkIn(await mailTo(this.email, /verif|confirm/i), this.origin);
    const page = await this.walker.open(link);
    const done = await this.walker.submit(page, "input[name=token]");
    assert.ok(done instanceof Page && done.status === 200, `verifying answered ${done.status}`);
    return { link, done };
  }

  /** Fills the sign-in page. */
  signIn(page, password = this.password) {
    assert.match(page.text, /Sign in/);
    page.find("#password");
    page.find("#login-submit");
    return this.walker.submit(page, "#login-submit", { [page.find("#username").getAttribute("name")]: this.email, password });
  }

  /** Enters a device's code (RFC 8628 §3.3); what comes is the page that asks, or the one to sign in. */
  async enterCode(page, code) {
    return this.walker.submit(await this.walker.open(page), "#device-submit", { user_code: code });
  }

  /** Takes back what an application was allowed. What comes is the list of those that are left. */
  async withdraw(application) {
    const page = await this.walker.open("/account/consents");
    const button = page.document.querySelectorAll("button").find((one) => one.textContent.includes(`access of ${application}`));
    assert.ok(button, `${application} is not listed: ${page.text}`);
    button.setAttribute("id", "withdraw");
    return this.walker.submit(page, "#withdraw");
  }

  /** Opens an authorization address that must end at the app without a question. */
  async arrive(url) {
    const end = await this.walker.open(url);
    assert.ok(end instanceof Departure, `expected to be sent back to the app, got: ${end.text?.slice(0, 400)}`);
    return end.url;
  }
}
