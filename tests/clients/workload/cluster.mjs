// A Kubernetes cluster and a SPIFFE trust domain, as far as somebody outside sees them: who they are, their keys, and the tokens that they
// give their workloads. Nothing but Node.js.
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";

const now = () => Math.floor(Date.now() / 1000);
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A key pair that signs, and its public half as a JWK. */
function keyPair(alg, members) {
  const { privateKey, publicKey } =
    alg === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomUUID();
  return {
    jwk: { ...publicKey.export({ format: "jwk" }), kid, ...members },
    sign(header, claims) {
      const signed = `${part({ alg, kid, ...header })}.${part(claims)}`;
      return `${signed}.${sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
    },
  };
}

/** Serves documents over TLS on a port of this machine. */
class Served {
  #documents = new Map();

  async open(certificate, key) {
    const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
    this.server = createServer(tls, (request, answer) => {
      const document = this.#documents.get(request.url);
      answer.writeHead(document ? 200 : 404, { "Content-Type": document?.type ?? "text/plain" }).end(document?.body ?? "");
    });
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.origin = `https://localhost:${this.server.address().port}`;
    return this;
  }

  put(path, document, type = "application/json") {
    this.#documents.set(path, { body: JSON.stringify(document), type });
    return `${this.origin}${path}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** What an API server publishes of its service accounts, and what kubelet projects into their pods. */
export class Cluster {
  static async open(certificate, key) {
    const cluster = new Cluster();
    cluster.served = await new Served().open(certificate, key);
    cluster.issuer = cluster.served.origin;
    cluster.rotate();
    return cluster;
  }

  /** New keys; who had a token of the old ones has to get another. */
  rotate() {
    this.key = keyPair("RS256", { use: "sig", alg: "RS256" });
    const jwks_uri = this.served.put("/openid/v1/jwks", { keys: [this.key.jwk] }, "application/jwk-set+json");
    this.served.put("/.well-known/openid-configuration", {
      issuer: this.issuer,
      jwks_uri,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    });
  }

  /** A token as the TokenRequest API makes it. */
  token({ namespace, name, audience, expirationSeconds = 3600 }) {
    return this.key.sign({}, {
      aud: [audience],
      exp: now() + expirationSeconds,
      iat: now(),
      iss: this.issuer,
      jti: randomUUID(),
      "kubernetes.io": { namespace, node: { name: "n1", uid: randomUUID() }, pod: { name: `${name}-7d4b9`, uid: randomUUID() }, serviceaccount: { name, uid: randomUUID() } },
      nbf: now(),
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
  }

  /** Writes such a token where a projected volume would have it. */
  project(file, claim) {
    writeFileSync(file, this.token(claim), { mode: 0o600 });
  }

  close() {
    this.served.close();
  }
}

/** A trust domain with its bundle endpoint (SPIFFE Federation §5), and SVIDs as SPIRE makes them. */
export class TrustDomain {
  static async open(certificate, key, id = "spiffe://example.org") {
    const domain = new TrustDomain();
    domain.id = id;
    domain.served = await new Served().open(certificate, key);
    domain.key = keyPair("ES256", { use: "jwt-svid" });
    const authority = { ...keyPair("ES256").jwk, use: "x509-svid", kid: undefined, x5c: ["MIIB"] };
    domain.bundle = domain.served.put("/bundle.json", { keys: [authority, domain.key.jwk], spiffe_sequence: 1, spiffe_refresh_hint: 300 });
    return domain;
  }

  svid(sub, audience) {
    return this.key.sign({ typ: "JWT" }, { aud: [audience], exp: now() + 300, iat: now(), sub });
  }

  close() {
    this.served.close();
  }
}
