// An SMTP server that keeps each mail as a JSON file: node sink.mjs DIRECTORY PORT_FILE
// It writes the port it got to PORT_FILE; a mail is a file DIRECTORY/000001.json {to, from, subject, text, html}.
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const [directory, portFile] = process.argv.slice(2);
let count = 0;

/** Readers list the directory, so a file appears there only when it is complete. */
async function writeWhole(file, text) {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, done) {
    const number = String(++count).padStart(6, "0");
    simpleParser(stream)
      .then((mail) =>
        writeWhole(
          path.join(directory, `${number}.json`),
          JSON.stringify({
            to: session.envelope.rcptTo.map((recipient) => recipient.address),
            from: mail.from?.value[0]?.address ?? null,
            subject: mail.subject ?? "",
            text: mail.text ?? "",
            html: mail.html || "",
          }),
        ),
      )
      .then(() => done(), done);
  },
});

server.on("error", (error) => console.error(error));
server.listen(0, "127.0.0.1", () => writeWhole(portFile, String(server.server.address().port)));
