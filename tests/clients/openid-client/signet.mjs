// Runs Signet's command line beside the running service, as its operator would.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs `signet …  --json` and returns what it printed. The test goes on serving meanwhile: a command may ask it for something. */
export const signet = (...args) => signetWith("", ...args);

/** The same with a standard input. */
export async function signetWith(input, ...args) {
  const options = { cwd: process.env.SIGNET_TEST_HOME, encoding: "utf8", timeout: 60_000 };
  const running = promisify(execFile)(process.env.SIGNET_TEST_BIN, [...args, "--json"], options);
  running.child.stdin.end(input);
  const { stdout } = await running;
  return JSON.parse(stdout);
}
