"""A person's browser without scripts: follows redirects, keeps cookies, fills and submits forms."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup


@dataclass
class Page:
    """What the person looks at."""

    url: str
    status: int
    document: BeautifulSoup

    @property
    def text(self):
        return " ".join(self.document.get_text(" ").split())

    def find(self, selector):
        """The element that `selector` names, which must be there."""
        element = self.document.select_one(selector)
        assert element is not None, f"no {selector} on {self.url} (HTTP {self.status}): {self.text[:600]}"
        return element


@dataclass
class Departure:
    """Somewhere else than the provider: the app the person was sent back to."""

    url: str


class Walker:
    """One browser; `origin` is the provider's, and a redirect to any other ends the walk."""

    def __init__(self, origin):
        self.origin = origin
        self._browser = requests.Session()
        self._browser.headers["Accept"] = "text/html"

    def close(self):
        self._browser.close()

    def open(self, url):
        """Opens an address and follows redirects."""
        return self._walk("GET", urljoin(self.origin + "/", url))

    def submit(self, page, selector, **values):
        """Submits the form around `selector` with these values, every other field as the page gave it. A button named by
        `selector` is pressed; otherwise the form's first one is, as by the Enter key."""
        chosen = page.find(selector)
        form = chosen.find_parent("form")
        assert form is not None, f"{selector} on {page.url} is in no form"
        fields = {
            each["name"]: each.get("value", "")
            for each in form.select("input[name]")
            if each.get("type") not in ("submit", "button", "checkbox", "radio")
        }
        unknown = values.keys() - fields.keys()
        assert not unknown, f"the form of {selector} on {page.url} has no field {unknown}"
        fields |= values
        button = chosen if chosen.name == "button" else form.select_one("button[type=submit]")
        assert button is not None, f"the form of {selector} on {page.url} has no button"
        if button.get("name"):
            fields[button["name"]] = button.get("value", "")
        action = urljoin(page.url, button.get("formaction") or form.get("action", ""))
        here = urlsplit(page.url)
        # What every current browser says about a form of the same site.
        headers = {"Origin": f"{here.scheme}://{here.netloc}", "Sec-Fetch-Site": "same-origin"}
        return self._walk(form.get("method", "get").upper(), action, data=fields, headers=headers)

    def _walk(self, method, url, **request):
        for _ in range(20):
            if not url.startswith(self.origin + "/"):
                return Departure(url)
            answer = self._browser.request(method, url, allow_redirects=False, timeout=15, **request)
            if not answer.is_redirect:
                return Page(url, answer.status_code, BeautifulSoup(answer.text, "html.parser"))
            assert method == "GET" or answer.status_code == 303, f"a form was answered with {answer.status_code}, not 303"
            method, url, request = "GET", urljoin(url, answer.headers["location"]), {}
        raise AssertionError(f"too many redirects, the last to {url}")
