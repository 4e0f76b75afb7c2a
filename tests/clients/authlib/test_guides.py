"""The applications of docs/guides/native-app.md and docs/guides/service.md, run as the guides show them.

Needs ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME: run it by `scripts/manage.sh test clients`.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import requests

from shop import Shop, signet
from walker import Departure, Walker

ISSUER = os.environ["ISSUER"]
GUIDES = Path(__file__).parent / "guides"


def registered(script, directory):
    """Registers a client by the guide's command."""
    path = f"{Path(os.environ['SIGNET_TEST_BIN']).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path}
    done = subprocess.run(
        ["sh", GUIDES / script, "--json"], cwd=directory, env=environment, stdout=subprocess.PIPE, check=True, timeout=60
    )
    return json.loads(done.stdout)


class Guides(unittest.TestCase):
    def test_native_app(self):
        email, password = f"dora-{secrets.token_hex(4)}@example.test", "a battery of staples " + secrets.token_hex(6)
        signet("user", "create", "--email", email, "--name", "Dora", "--verified", "--password-stdin", line=password + "\n")
        client = registered("native_app.sh", os.environ["SIGNET_TEST_HOME"])
        command = [sys.executable, "-B", GUIDES / "native_app.py", ISSUER, client["client_id"]]
        # The test is the browser.
        with subprocess.Popen(command, env=os.environ | {"BROWSER": "true"}, stdout=subprocess.PIPE, text=True) as app:
            self.addCleanup(app.kill)
            walker = Walker(ISSUER)
            self.addCleanup(walker.close)
            page = walker.open(app.stdout.readline().removeprefix("Open ").strip())
            page = walker.submit(page, "#login-submit", username=email, password=password)
            end = walker.submit(page, "#consent-allow")
            self.assertIsInstance(end, Departure)
            self.assertEqual(requests.get(end.url, timeout=15).status_code, 200)
            self.assertEqual([line.strip() for line in app.stdout], ["Hello Dora", email])
        self.assertEqual(app.returncode, 0)

    def test_service(self):
        # Beside the service's files, so that the commands find its settings as they stand in the environment.
        with tempfile.TemporaryDirectory(dir=os.environ["SIGNET_TEST_HOME"]) as directory:
            run = {"cwd": directory, "check": True, "timeout": 60, "stdout": subprocess.PIPE}
            subprocess.run([sys.executable, "-B", GUIDES / "make_key.py"], **run)
            self.assertEqual((Path(directory) / "service_key.json").stat().st_mode & 0o777, 0o600)
            client = registered("service.sh", directory)
            done = subprocess.run([sys.executable, "-B", GUIDES / "service.py", ISSUER, client["client_id"]], **run)
        token = json.loads(done.stdout)
        shop = Shop(ISSUER, client=client | {"client_secret": "none"})
        header, claims = shop.verified(token["access_token"], ["ES256"], aud="https://orders.example.com", scope="orders:read")
        self.assertEqual((header["typ"], claims["sub"]), ("at+jwt", client["client_id"]))


if __name__ == "__main__":
    unittest.main()
