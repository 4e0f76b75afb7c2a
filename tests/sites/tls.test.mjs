// Signet that speaks TLS by itself, judged by OpenSSL's client and by Chromium. It is a second Signet, with a name, port and database of
// its own. Run it by `scripts/manage.sh test sites`.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rename, writeFile } from "node:fs/promises";
import https from "node:https";
import { createServer } from "node:net";
import path from "node:path";
import { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { launch, Visitor } from "../browser/visitor.mjs";
import { journey } from "./site.mjs";

const run = promisify(execFile);
const scratch = process.env.SIGNET_TEST_HOME;
const authority = process.env.AUTHORITY;
const step = journey();
let home, issuer, port, settings, service;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Asks over a connection of its own, or over that of `agent`. */
function get(url, agent = false) {
  return new Promise((done, failed) => {
    const request = https.get(url, { agent, family: 4 }, (answer) => {
      const certificate = answer.socket.getPeerCertificate();
      answer.resume().on("end", () => done({ status: answer.statusCode, serial: certificate.serialNumber, socket: answer.socket }));
    });
    request.on("error", failed);
  });
}

/** Repeats `attempt` until it gives something, for twenty seconds at most. */
async function until(what, attempt) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await attempt().catch(() => undefined);
    if (found) return found;
    assert.ok(Date.now() < deadline, what);
    await pause(100);
  }
}

/** A handshake by `openssl s_client`: what was agreed upon, or undefined. The certificate has to be good. */
async function handshake(...options) {
  const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-verify_hostname", "localhost"];
  const asking = run("openssl", [...args, "-CAfile", authority, "-verify_return_error", ...options], { encoding: "utf8" });
  asking.child.stdin.end();
  const { stdout } = await asking.catch(() => ({ stdout: "" }));
  const [, version, cipher] = stdout.match(/^New, (\S+), Cipher is (\S+)$/m) ?? [];
  if (!cipher || cipher === "(NONE)") return undefined;
  assert.match(stdout, /Verify return code: 0 \(ok\)/);
  return { version, cipher };
}

/** All suites of TLS 1.2 that OpenSSL knows and Signet agrees to, each offered alone. */
async function agreedSuites() {
  const { stdout } = await run("openssl", ["ciphers", "-tls1_2", "-s", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]);
  const suites = stdout.trim().split(":");
  assert.ok(suites.length > 40, `only ${suites.length} suites are tried`);
  const agreed = [];
  for (const suite of suites) if (await handshake("-tls1_2", "-cipher", `${suite}:@SECLEVEL=0`)) agreed.push(suite);
  return agreed.sort();
}

before(async () => {
  home = await mkdtemp(path.join(scratch, "tls-"));
  const live = path.join(scratch, "etc/letsencrypt/live/localhost");
  for (const file of ["fullchain.pem", "privkey.pem"]) await copyFile(path.join(live, file), path.join(home, file));
  port = await freePort();
  issuer = `https://localhost:${port}`;
  settings = {
    ...{ PATH: process.env.PATH, SIGNET_ISSUER: issuer, SIGNET_LISTEN: `127.0.0.1:${port}`, SIGNET_DATA_DIR: path.join(home, "data") },
    ...{ SIGNET_TLS_CERT_FILE: path.join(home, "fullchain.pem"), SIGNET_TLS_KEY_FILE: path.join(home, "privkey.pem") },
  };
  service = spawn(process.env.SIGNET_TEST_BIN, ["serve"], { cwd: home, env: settings, stdio: "ignore" });
  await until("Signet is there", async () => (await get(`${issuer}/health/ready`)).status === 200);
});
after(() => service?.kill("SIGKILL"));

step("of TLS 1.3 everything, of 1.2 only ECDHE with AES-GCM, and nothing older", async () => {
  assert.equal((await handshake("-tls1_3")).version, "TLSv1.3");
  assert.equal((await handshake("-tls1_2")).version, "TLSv1.2");
  assert.deepEqual(await agreedSuites(), ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
  for (const old of ["-tls1_1", "-tls1"]) assert.equal(await handshake(old, "-cipher", "ALL:@SECLEVEL=0"), undefined, old);
});

step("the operator's status command asks over TLS", async () => {
  const script = new URL("../../scripts/manage.sh", import.meta.url).pathname;
  await run(script, ["status"], { env: settings });
});

step("a person signs in over it", async (t) => {
  const email = "ada@example.test";
  const create = ["user", "create", "--email", email, "--verified", "--password-stdin"];
  const creating = run(process.env.SIGNET_TEST_BIN, create, { cwd: home, env: settings });
  creating.child.stdin.end("several quiet words\n");
  await creating;
  const browser = await launch();
  t.after(() => browser.close());
  const hosts = [new URL(issuer).host];
  const visitor = await Visitor.arrive(browser, { size: "phone", scheme: "light", scripts: true, hosts, folder: "sites" });
  const answer = await visitor.open(`${issuer}/login`);
  assert.equal((await answer.securityDetails()).protocol, "TLS 1.3");
  await visitor.fill({ username: email, password: "several quiet words" }, "#login-submit");
  await visitor.says(/ada@example\.test/);
  await visitor.look("tls-account");
  const cookies = await visitor.context.cookies(issuer);
  assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.secure && cookie.name.startsWith("__Host-")), JSON.stringify(cookies));
});

step("a renewed certificate is presented without a restart, and open connections go on", async () => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const first = await get(`${issuer}/health/live`, agent);
  // As certbot does it: new files are moved over the old ones. This time the key is an RSA key.
  const made = (name) => path.join(home, name);
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", made("new.key")];
  await run("openssl", ["req", "-new", ...key, "-out", made("new.csr"), "-subj", "/CN=localhost"]);
  await writeFile(made("new.ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
  const sign = ["-CA", authority, "-CAkey", path.join(scratch, "authority.key"), "-days", "2", "-extfile", made("new.ext")];
  await run("openssl", ["x509", "-req", "-in", made("new.csr"), ...sign, "-out", made("new.pem")]);
  await rename(made("new.key"), made("privkey.pem"));
  await rename(made("new.pem"), made("fullchain.pem"));
  const { stdout } = await run("openssl", ["x509", "-in", made("fullchain.pem"), "-noout", "-serial"]);
  const serial = stdout.trim().replace("serial=", "");
  await until("the new certificate is presented", async () => (await get(`${issuer}/health/live`)).serial === serial);
  const again = await get(`${issuer}/health/live`, agent);
  assert.ok(again.socket === first.socket && again.status === 200, "the open connection goes on");
  assert.deepEqual(await agreedSuites(), ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]);
  agent.destroy();
});

step("a certificate without its key is refused at the start, with a sentence", async () => {
  const other = path.join(scratch, "etc/letsencrypt/live/127.0.0.2/fullchain.pem");
  const env = { ...settings, SIGNET_LISTEN: "127.0.0.1:0", SIGNET_TLS_CERT_FILE: other };
  const serving = run(process.env.SIGNET_TEST_BIN, ["serve"], { cwd: home, env, timeout: 30_000 });
  const refused = await serving.catch((error) => error);
  assert.ok(refused.code > 0, "it does not start");
  assert.match(`${refused.stdout}${refused.stderr}`, /the private key is not the one of the certificate/);
});

step("it ends when it is told to", async () => {
  service.kill("SIGTERM");
  assert.deepEqual(await once(service, "exit"), [0, null]);
});
