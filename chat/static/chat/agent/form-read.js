/** Reading what was sent: takes the sealed answer, hands it to the vault's frame, and says when the screen is empty again. */
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
let key = "";

const line = listenToVault(frame, {
  key: ({ fingerprint }) => {
    key = asSent(fingerprint);
    button.disabled = false;
  },
  unable: () => { told.textContent = "This browser can’t open it."; },
  hidden: ended,
  unreadable: ended,
});

async function post(url, body) {
  return fetch(url, { method: "POST", body: new URLSearchParams(body), headers: { "X-CSRFToken": token() }, cache: "no-store", redirect: "manual" });
}

function ended() {
  frame.classList.remove("is-on");
  post(page.dataset.hidden, {}).catch(() => {});
  document.querySelector("[data-back]").focus();
}

button.addEventListener("click", async () => {
  button.disabled = true;
  told.textContent = "";
  const response = await post(page.dataset.take, { key }).catch(() => null);
  const answer = response ? await response.json().catch(() => ({ error: "unavailable" })) : { error: "unavailable" };
  if (response?.ok) {
    button.hidden = true;
    frame.classList.add("is-on");
    line.show({ ...answer, sealed: JSON.parse(answer.sealed) });
    return;
  }
  told.textContent = answer.text ?? WORDS[answer.error] ?? WORDS.unavailable;
  if (answer.error === "factor") location.reload();
  button.disabled = answer.error !== "unavailable";
});
