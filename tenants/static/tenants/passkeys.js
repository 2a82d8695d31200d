/**
 * Passkeys: a button's `data-passkey` says what to do, `data-options` where the challenge comes from and `data-finish`
 * where the answer goes. Nothing is kept here.
 */
import { readOptions, writeCredential } from "./webauthn.js";

/** Why a browser did not ask a passkey, in words. */
export function reasonOf(error) {
  if (error.told) return error.told;
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError" || error.name === "AbortError") return "That was cancelled, or took too long. Nothing was changed.";
  if (error.name === "SecurityError") return "Passkeys do not work at this address.";
  return "That did not work. Please try again, or use another way.";
}

async function post(url, form, body) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : {};
  if (!response.ok) {
    const told = answer.detail ?? (response.status === 503 ? "The service cannot look just now. Please try again in a minute." : "Please load the page again.");
    throw Object.assign(new Error("refused"), { told });
  }
  return answer;
}

async function ask(button) {
  const form = button.closest("form");
  const options = readOptions(await post(button.dataset.options, form, {}));
  const isNew = button.dataset.passkey === "create";
  const credential = await navigator.credentials[isNew ? "create" : "get"]({ publicKey: options });
  const name = form.querySelector("[data-passkey-name]")?.value ?? "";
  return post(button.dataset.finish, form, { name, credential: writeCredential(credential) });
}

/** A factor was given: the form it stands in needs no code any more. */
function settle(button, told) {
  const field = button.closest("[data-fresh]");
  const form = button.closest("form");
  if (form.hasAttribute("data-reload")) {
    location.reload();
    return;
  }
  const line = document.createElement("p");
  line.className = "small soft";
  line.setAttribute("role", "status");
  line.textContent = told;
  field.replaceChildren(line);
}

async function press(button) {
  const told = button.closest("form").querySelector("[data-passkey-told]");
  told.textContent = "";
  button.disabled = true;
  try {
    const answer = await ask(button);
    if (answer.next) location.assign(answer.next);
    else settle(button, answer.told);
  } catch (error) {
    told.textContent = reasonOf(error);
  } finally {
    button.disabled = false;
  }
}

const has = globalThis.PublicKeyCredential !== undefined;

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (has) continue;
  button.disabled = true;
  const told = button.closest("form").querySelector("[data-passkey-told]");
  told.textContent = "This browser cannot use passkeys at this address.";
}

if (has) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-passkey]");
    if (button) press(button);
  });
}
