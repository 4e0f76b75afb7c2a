"""Reads the mails that the SMTP server of the tests has received (tests/clients/mail-sink)."""

import json
import os
import re
import time
from pathlib import Path


def mail_to(address, about, seconds=30):
    """The newest mail to `address` whose subject matches `about`, waited for until `seconds` are over."""
    deadline = time.monotonic() + seconds
    while True:
        for file in sorted(Path(os.environ["MAIL_DIR"]).glob("*.json"), reverse=True):
            mail = json.loads(file.read_text(encoding="utf-8"))
            if address in mail["to"] and re.search(about, mail["subject"], re.IGNORECASE):
                return mail
        assert time.monotonic() < deadline, f"no mail to {address} about {about} came within {seconds} s"
        time.sleep(0.1)


def code_in(mail):
    """The six-digit code in a mail."""
    found = re.search(r"(?<![\w/=.-])\d{6}(?![\w/=.-])", mail["text"])
    assert found, f"no six-digit code in the mail:\n{mail['text']}"
    return found.group()
