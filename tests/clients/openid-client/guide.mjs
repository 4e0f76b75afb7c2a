// Runs the files that the guides show, as their reader would.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const guides = path.join(import.meta.dirname, "guides");
const PATH = `${path.dirname(process.env.SIGNET_TEST_BIN)}:${process.env.PATH}`;

/** A shell script of the guides, or another command, that runs beside the service that is tested. */
class Running {
  /** What it has printed, and what it has told the person in front of it. */
  printed = "";
  told = "";

  constructor([name, ...args], more) {
    const [program, ...rest] = name.endsWith(".sh") ? ["sh", path.join(guides, name), ...args] : [name, ...args];
    const env = { ...process.env, PATH, ...more };
    this.process = spawn(program, rest, { cwd: process.env.SIGNET_TEST_HOME, env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    this.process.stdout.setEncoding("utf8").on("data", (words) => (this.printed += words));
    this.process.stderr.setEncoding("utf8").on("data", (words) => (this.told += words));
    this.over = once(this.process, "close");
  }

  /** The first of what it tells the person that looks so. */
  async tells(pattern) {
    while (!pattern.test(this.told)) {
      const goesOn = await Promise.race([once(this.process.stderr, "data"), this.over.then(() => false)]);
      if (!goesOn && !pattern.test(this.told)) throw new Error(`it never told ${pattern}: ${this.told}`);
    }
    return pattern.exec(this.told)[0];
  }

  /** Everything that it prints. */
  async ended() {
    const [status] = await this.over;
    if (status !== 0) throw new Error(`it ended with ${status}: ${this.told}`);
    return this.printed;
  }
}

/** Starts a script of the guides (`[name, …arguments]`) with these variables. */
export const start = (command, variables = {}) => new Running(command, variables);

/** What such a script prints: one JSON document a line. */
export async function run(command, variables) {
  return (await start(command, variables).ended()).trim().split("\n").map((line) => JSON.parse(line));
}
