// A service in a pod. Needs ISSUER; TOKEN_FILE is what kubelet projects, and renews.
import { readFile } from "node:fs/promises";
import * as oidc from "openid-client";

const { ISSUER, TOKEN_FILE = "/var/run/secrets/signet/token" } = process.env;

/** Who this service is: what its cluster says. Read each time, because it changes. */
const workload = async (_server, client, body) => {
  body.set("client_id", client.client_id);
  body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  body.set("client_assertion", (await readFile(TOKEN_FILE, "utf8")).trim());
};

const signet = await oidc.discovery(new URL(ISSUER), "orders", undefined, workload);
const tokens = await oidc.clientCredentialsGrant(signet, { scope: "stock:read", resource: "https://stock.example.com" });
console.log(JSON.stringify(tokens)); // in earnest: oidc.fetchProtectedResource(…), and again when it has expired
