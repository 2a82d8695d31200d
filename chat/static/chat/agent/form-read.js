/**
 * Reading what was sent: takes the sealed answer, hands it to the vault's frame, and says when the screen is empty again.
 * Of what is only to be compared the vault says one word, match or no match, which is passed on.
 */
import { asSent, listenToVault } from "./vault-line.js";

const page = document.querySelector("[data-read]");
const frame = page.querySelector("[data-vault-frame]");
const button = page.querySelector("[data-takes]");
const told = page.querySelector("[data-told]");
const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
const WORDS = {
  factor: "Confirm once more that it is you: five minutes are over.",
  another_browser: "You asked for this in another browser, or before you signed in anew. Read it there, or ask again.",
  untrained: "A course that guards secure forms is due. It is under Training.",
  unavailable: "It can’t be said whether it is still there. Nothing was changed; try again in a moment.",
};
/** What is asked, where it is only to be compared; null where it is to be read. */
const compared = page.dataset.compares ? JSON.parse(page.dataset.compares) : null;
let key = "";

const line = listenToVault(frame, {
  key: ({ fingerprint }) => {
    key = asSent(fingerprint);
    if (compared) {
      frame.classList.add("is-on");
      line.say("expect", compared);
    } else button.disabled = false;
  },
  unable: () => { told.textContent = "This browser can’t open it."; },
  hidden: ended,
  unreadable: ended,
  expected: () => take("compare"),
  compared: ({ outcome }) => {
    post(page.dataset.checked, { outcome: outcome === "match" ? "match" : "no_match" }).catch(() => {
      told.textContent = "What was found could not be noted. It can’t be compared again; please ask again.";
    });
  },
});

async function post(url, body) {
  return fetch(url, { method: "POST", body: new URLSearchParams(body), headers: { "X-CSRFToken": token() }, cache: "no-store", redirect: "manual" });
}

function ended() {
  frame.classList.remove("is-on");
  post(page.dataset.hidden, {}).catch(() => {});
  document.querySelector("[data-back]").focus();
}

async function take(use) {
  button.disabled = true;
  told.textContent = "";
  const response = await post(page.dataset.take, { key }).catch(() => null);
  const answer = response ? await response.json().catch(() => ({ error: "unavailable" })) : { error: "unavailable" };
  if (response?.ok) {
    button.hidden = true;
    frame.classList.add("is-on");
    line.say(use, { ...answer, sealed: JSON.parse(answer.sealed) });
    return;
  }
  told.textContent = answer.text ?? WORDS[answer.error] ?? WORDS.unavailable;
  if (answer.error === "factor") location.reload();
  button.disabled = answer.error !== "unavailable";
}

button.addEventListener("click", () => take("show"));
