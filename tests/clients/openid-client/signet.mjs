// Runs Signet's command line beside the running service, as its operator would.
import { execFileSync } from "node:child_process";

/** Runs `signet …  --json` and returns what it printed. */
export function signet(...args) {
  const printed = execFileSync(process.env.SIGNET_TEST_BIN, [...args, "--json"], {
    cwd: process.env.SIGNET_TEST_HOME,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
  return JSON.parse(printed);
}
