/** The test page hands a token to the chat, as the organisation's own site does, and shows what a page hears of it. */
const form = document.querySelector("[data-identify]");
const told = form.querySelector("[data-told]"), leave = form.querySelector("[data-leave]");
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SAID = {
  signed: ({ until }) => `signed: the token is good, until ${clock.format(new Date(until))}.`,
  refused: ({ why, claim }) => `refused: ${why}${claim ? ` (${claim})` : ""}.`,
  required: () => "required: only visitors for whom you vouch may write.",
  expiring: () => "expiring: a page hands over another token now.",
  ended: () => "ended: a page hands over another token, or the visitor is somebody of whom nobody knows.",
};

// The chat's script may come later: what is said before waits for it.
window.Hushdesk ??= function () { (window.Hushdesk.q ??= []).push(arguments); };

window.Hushdesk("on", "identity", (said) => {
  told.textContent = SAID[said.state]?.(said) ?? "";
  leave.hidden = said.state !== "signed";
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { token } = form.elements;
  if (!token.value.trim()) {
    told.textContent = "Paste a token first.";
    token.focus();
    return;
  }
  told.textContent = "Handed over.";
  window.Hushdesk("identify", { token: token.value.trim() });
  window.Hushdesk("show");
  form.reset();
});

leave.addEventListener("click", () => {
  window.Hushdesk("shutdown");
  leave.disabled = true;
  setTimeout(() => location.reload(), 800);
});
