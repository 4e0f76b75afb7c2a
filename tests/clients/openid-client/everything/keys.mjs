// Key pairs of applications: the private half for openid-client, the public one as a JWK Set for Signet.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { exportJWK, generateKeyPair } from "jose";

/** openid-client knows Ed25519 by this name alone (RFC 9864). */
export const ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519"];

/** A fresh pair: `own` is what openid-client signs with, `jwks` what is registered. */
export async function keyPair(alg) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }] };
  return { own: { key: privateKey, kid }, jwks, file: fileOf(jwks) };
}

/** A file with this JSON document, beside the service that is tested. */
export function fileOf(document) {
  const file = path.join(process.env.SIGNET_TEST_HOME, `${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(document));
  return file;
}
