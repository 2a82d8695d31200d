/** The page of a mailed link: takes its token out of the fragment, asks for a code, and goes on with the right one. */
const page = document.querySelector("[data-link]");
const part = (name) => page.querySelector(`[data-part=${name}]`);
const token = location.hash.slice(1);
const field = page.querySelector("input");
history.replaceState(null, "", location.pathname);

/** What is said of an answer that is none. Pure. */
export function said(error, { left = 0, wait_s = 0 } = {}) {
  const minutes = Math.max(1, Math.ceil(wait_s / 60));
  const soon = `Please try again in ${minutes} minute${minutes === 1 ? "" : "s"}.`;
  if (error === "wrong") return left ? `This is not the code. You can try ${left === 1 ? "once" : `${left} times`} more.` : "This is not the code. Please have another sent later.";
  if (error === "late") return "This code has run out. Please have another sent.";
  if (error === "locked") return `Too many wrong codes were typed. ${soon}`;
  if (error === "too_fast") return `That was too often. ${soon}`;
  return "This could not be done just now. Please try again in a moment.";
}

async function ask(address, fields = {}) {
  show("told", "");
  try {
    const response = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", [page.dataset.header]: token }, body: JSON.stringify(fields), credentials: "same-origin" });
    const answer = await response.json();
    return { ...answer, wait_s: Number(response.headers.get("Retry-After") ?? 0) };
  } catch {
    return { error: "unavailable" };
  }
}

function show(name, text) {
  if (text !== undefined) part("told").textContent = text;
  if (name !== "told") for (const each of ["ask", "type", "gone"]) part(each).hidden = each !== name;
}

function refused(answer) {
  if (answer.error === "gone") show("gone", "");
  else show("told", said(answer.error, answer));
}

async function send() {
  const answer = await ask(page.dataset.code);
  if (answer.error) {
    refused(answer);
    return;
  }
  show("type", "The code is on its way.");
  field.focus();
}

part("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
part("again").addEventListener("click", send);
part("type").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!field.value.trim()) return;
  const answer = await ask(page.dataset.open, { code: field.value });
  if (answer.next) {
    location.replace(answer.next);
    return;
  }
  refused(answer);
  field.value = "";
  field.focus();
});

show(token ? "ask" : "gone");
