// People whose accounts the operator made.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Somebody of this name with a proved address. */
export function someoneKnown(name) {
  const person = {
    name,
    email: `${name.toLowerCase()}-${randomBytes(4).toString("hex")}@example.test`,
    password: `several quiet words ${randomBytes(4).toString("hex")}`,
  };
  execFileSync(
    process.env.SIGNET_TEST_BIN,
    ["user", "create", "--email", person.email, "--name", name, "--verified", "--password-stdin", "--json"],
    { cwd: process.env.SIGNET_TEST_HOME, input: `${person.password}\n`, stdio: ["pipe", "ignore", "inherit"], timeout: 60_000 },
  );
  return person;
}
