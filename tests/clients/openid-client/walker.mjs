// A person's browser without scripts: follows redirects, keeps cookies, fills and submits forms.
import { CookieJar } from "tough-cookie";
import { parse } from "node-html-parser";

/** A page the person looks at: where it is, its status and its parsed document. */
export class Page {
  constructor(url, status, html) {
    this.url = url;
    this.status = status;
    this.html = html;
    this.document = parse(html);
  }

  get text() {
    return this.document.textContent.replace(/\s+/g, " ").trim();
  }

  /** The element that `selector` names, which must be there. */
  find(selector) {
    const element = this.document.querySelector(selector);
    if (!element) throw new Error(`no ${selector} on ${this.url} (HTTP ${this.status}): ${this.text.slice(0, 600)}`);
    return element;
  }
}

/** Somewhere else than the provider: the app the person was sent back to, by a form if there is a body. */
export class Departure {
  constructor(url, body) {
    this.url = url;
    this.body = body;
  }

  /** What the app receives: the address, or the form that was posted to it. */
  get arrival() {
    if (this.body === undefined) return this.url;
    return new Request(this.url, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: this.body });
  }
}

export class Walker {
  #jar = new CookieJar(undefined, { allowSecureOnLocal: true });

  /** @param {string} origin the provider's; a redirect to any other ends the walk. */
  constructor(origin) {
    this.origin = origin;
  }

  /** Opens an address and follows redirects. @returns {Promise<Page | Departure>} */
  open(url) {
    return this.#walk(new URL(url, this.origin), { method: "GET" });
  }

  /**
   * Submits the form around `selector` with these values, every other field as the page gave it. A button named by `selector` is
   * pressed; otherwise the form's first one is, as by the Enter key.
   */
  submit(page, selector, values = {}) {
    const chosen = page.find(selector);
    const form = chosen.closest("form");
    if (!form) throw new Error(`${selector} on ${page.url} is in no form`);
    const fields = fieldsOf(form);
    for (const [name, value] of Object.entries(values)) {
      if (!fields.has(name)) throw new Error(`the form of ${selector} on ${page.url} has no field ${name}`);
      fields.set(name, value);
    }
    const button = chosen.tagName === "BUTTON" ? chosen : form.querySelector("button[type=submit], button:not([type])");
    if (!button) throw new Error(`the form of ${selector} on ${page.url} has no button`);
    if (button.getAttribute("name")) fields.append(button.getAttribute("name"), button.getAttribute("value") ?? "");
    const action = new URL(button.getAttribute("formaction") ?? form.getAttribute("action") ?? "", page.url);
    return this.#walk(action, {
      method: (form.getAttribute("method") ?? "get").toUpperCase(),
      body: fields.toString(),
      // What every current browser says about a form of the same site.
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: new URL(page.url).origin,
        "Sec-Fetch-Site": "same-origin",
      },
    });
  }

  async #walk(url, request) {
    for (let hops = 0; hops < 20; hops++) {
      if (url.origin !== this.origin) return new Departure(url, request.body);
      const cookie = await this.#jar.getCookieString(url.href);
      const answer = await fetch(url, {
        ...request,
        headers: { Accept: "text/html", ...request.headers, ...(cookie && { Cookie: cookie }) },
        redirect: "manual",
        signal: AbortSignal.timeout(15_000),
      });
      for (const header of answer.headers.getSetCookie()) await this.#jar.setCookie(header, url.href);
      const body = await answer.text();
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || !location) return new Page(url.href, answer.status, body);
      if (request.method === "POST" && answer.status !== 303) throw new Error(`a form was answered with ${answer.status}, not 303`);
      url = new URL(location, url);
      request = { method: "GET" };
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }
}

function fieldsOf(form) {
  const fields = new URLSearchParams();
  for (const input of form.querySelectorAll("input[name], textarea[name], select[name]")) {
    const type = (input.getAttribute("type") ?? "text").toLowerCase();
    const unchecked = ["checkbox", "radio"].includes(type) && !input.hasAttribute("checked");
    if (unchecked || ["submit", "button", "image", "reset"].includes(type) || input.hasAttribute("disabled")) continue;
    fields.append(input.getAttribute("name"), input.getAttribute("value") ?? "");
  }
  return fields;
}
