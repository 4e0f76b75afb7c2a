// The key of the application: bank_key.json is for its eyes only, bank_jwks.json is what Signet is told.
import { writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const names = { kid: new Date().toISOString(), alg: "ES256", use: "sig" };
writeFileSync("bank_key.json", JSON.stringify({ ...(await exportJWK(privateKey)), ...names }), { mode: 0o600 });
writeFileSync("bank_jwks.json", JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...names }] }));
