"""Makes a service's key pair: service_key.json stays with the service, service_jwks.json goes to Signet."""

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

key = ECKey.generate_key("P-256", auto_kid=True)
with os.fdopen(os.open("service_key.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
    json.dump(key.as_dict(private=True), file)
Path("service_jwks.json").write_text(json.dumps(KeySet([key]).as_dict(private=False)))
