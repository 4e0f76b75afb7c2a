// The one script of the hosted pages: a button that shows the password. It reveals itself, so without scripts nothing is missing.
for (const button of document.querySelectorAll("button[data-reveals]")) {
  const field = document.getElementById(button.dataset.reveals);
  if (!field) continue;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // Sent as a password again, so that browsers offer to save it and never keep it as a plain field's history.
  field.form?.addEventListener("submit", () => show(false));
}
