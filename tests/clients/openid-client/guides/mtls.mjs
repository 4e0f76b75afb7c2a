// A service with a certificate: node mtls.mjs ISSUER CLIENT_ID
import { readFileSync } from "node:fs";
import * as oidc from "openid-client";
import * as undici from "undici";

const [issuer, clientId] = process.argv.slice(2);
const dispatcher = new undici.Agent({ connect: { cert: readFileSync("report.pem"), key: readFileSync("report.key") } });
const withCertificate = (url, options) => undici.fetch(url, { ...options, dispatcher });

// With use_mtls_endpoint_aliases it goes where discovery says that certificates are asked for.
const metadata = { use_mtls_endpoint_aliases: true };
const signet = await oidc.discovery(new URL(issuer), clientId, metadata, oidc.TlsClientAuth(), {
  [oidc.customFetch]: withCertificate,
});
const token = await oidc.clientCredentialsGrant(signet, { scope: "orders:read", resource: "https://orders.example.com" });
console.log(JSON.stringify(token)); // in earnest: withCertificate("https://orders.example.com/…"), and again when it has expired
