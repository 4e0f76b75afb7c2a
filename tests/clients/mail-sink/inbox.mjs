// Reads what the sink has received.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * The newest mail to `address` whose subject matches `about`, waited for until `seconds` are over.
 * @returns {Promise<{to: string[], from: string, subject: string, text: string, html: string}>}
 */
export async function mailTo(address, about, { directory = process.env.MAIL_DIR, seconds = 30 } = {}) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort().reverse();
    for (const name of names) {
      const mail = JSON.parse(await readFile(path.join(directory, name), "utf8"));
      if (mail.to.includes(address) && about.test(mail.subject)) return mail;
    }
    if (Date.now() > deadline) throw new Error(`no mail to ${address} about ${about} came within ${seconds} s`);
    await pause(100);
  }
}

/** The first link of this origin in a mail. */
export function linkIn(mail, origin) {
  const link = mail.text.match(/https?:\/\/\S+/g)?.find((candidate) => candidate.startsWith(`${origin}/`));
  if (!link) throw new Error(`no link to ${origin} in the mail:\n${mail.text}`);
  return link;
}

/** The six-digit code in a mail. */
export function codeIn(mail) {
  const code = mail.text.match(/(?<![\w/=.-])\d{6}(?![\w/=.-])/)?.[0];
  if (!code) throw new Error(`no six-digit code in the mail:\n${mail.text}`);
  return code;
}
