/** The made-up shop's own script: signs its one customer in, and hands the chat a token that the shop's server made. */
const place = document.querySelector("[data-customer]");
const button = place.querySelector("button"), state = place.querySelector("[data-state]");
const { customer, token: address } = place.dataset, SIGNED_IN = "signed in";
const LEAVE_MS = 800;

// The chat's script may come later: what is said before waits for it.
window.Hushdesk ??= function () { (window.Hushdesk.q ??= []).push(arguments); };

function draw(text = "") {
  const isIn = sessionStorage.getItem(SIGNED_IN) !== null;
  state.textContent = text || (isIn ? `Hello, ${customer}` : "");
  button.textContent = isIn ? "Sign out" : `Sign in as ${customer.split(" ")[0]}`;
  button.hidden = false;
}

/** A token is for one page: each gets its own. */
async function vouch() {
  const response = await fetch(address).catch(() => null);
  const { token } = response?.ok ? await response.json() : {};
  if (token) window.Hushdesk("identify", { token });
  else draw("The shop could not vouch for you just now.");
}

button.addEventListener("click", () => {
  if (sessionStorage.getItem(SIGNED_IN) === null) {
    sessionStorage.setItem(SIGNED_IN, "yes");
    draw();
    vouch();
    return;
  }
  sessionStorage.removeItem(SIGNED_IN);
  window.Hushdesk("shutdown");
  button.disabled = true;
  setTimeout(() => location.reload(), LEAVE_MS);
});

window.Hushdesk("on", "identity", ({ state: now, why }) => {
  if (now === "expiring" && sessionStorage.getItem(SIGNED_IN) !== null) vouch();
  if (now === "refused") draw(`The chat refused the shop’s token: ${why}.`);
});
draw();
if (sessionStorage.getItem(SIGNED_IN) !== null) vouch();
