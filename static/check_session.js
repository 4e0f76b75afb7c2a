// The frame of OpenID Connect Session Management 1.0 §4.2: a page of an application asks whether the session is still the one
// that its `session_state` was made for. The same computation as in src/domain/oauth/session_state.rs.
const cookie = document.currentScript.dataset.cookie;

function browserState() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(cookie + "="));
  return found ? found.slice(cookie.length + 1) : "";
}

// Whether the cookie would be seen if it were there. Some browsers keep it from frames in other sites: then there is nothing to say,
// and the application has to ask the server (§5.1).
async function canSee() {
  return browserState() !== "" || !document.hasStorageAccess || (await document.hasStorageAccess());
}

// The origin of the page that this frame stands in, where the browser tells it.
function above() {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0];
  return document.referrer ? new URL(document.referrer).origin : undefined;
}

async function judge(message, origin) {
  const [, client, digest, salt] = /^(.+) ([0-9a-f]{64})\.([^ .]+)$/.exec(message) ?? [];
  if (!client || !(await canSee())) return "error";
  const text = new TextEncoder().encode([client, origin, browserState(), salt].join(" "));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === digest ? "unchanged" : "changed";
}

addEventListener("message", async (event) => {
  const parent = above();
  if (!event.source || event.origin === "null" || (parent && parent !== event.origin)) return;
  let answer = "error";
  try {
    if (typeof event.data === "string") answer = await judge(event.data, event.origin);
  } catch {
    // Without a secure context there is no digest: the application has to ask the server.
  }
  event.source.postMessage(answer, event.origin);
});
