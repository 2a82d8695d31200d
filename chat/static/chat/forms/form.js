/**
 * A visitor's secure form, in a frame of an origin of its own. What is typed here is sealed here, for one key: of one
 * agent's browser, or of the organisation's own system, as the page says. Nothing else ever leaves this page, and nothing is told to the frames around it.
 */
import { INPUTS, wrongWith } from "./checks.js";
import { TooLongError, canSeal, decoded, fingerprintOf, inWords, seal } from "./sealing.js";

const root = document.querySelector("[data-form]");
const pass = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
// Another pass for the same page: a frame that is given it stays where it is otherwise.
addEventListener("hashchange", () => location.reload());
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const ENDED = {
  submitted: "This was sent already. It can be sent once only.",
  viewed: "This was sent already. It can be sent once only.",
  forwarding: "This was sent already. It can be sent once only.",
  destroyed: "This was sent and read. It is gone now.",
  forwarded: "This was sent, and has arrived. It is gone from here.",
  checked: "This was sent and compared. It is gone now.",
  tokenized: "The payment provider has your card. Nothing more is needed.",
  refused: "This was sent, but not taken. It is gone; nobody has read it here.",
  declined: "You declined this.",
  expired: "This has run out. Ask in the chat for a new form.",
  cancelled: "This was withdrawn. There is nothing to send any more.",
  revoked: "What was sent was destroyed unread. Ask in the chat for a new form.",
};
const FAILED = {
  too_fast: "That was too fast. Wait a moment, then try again.",
  unavailable: "It could not be kept, so nothing was sent. Try again in a moment.",
  not_found: "This form is not there any more. Ask in the chat for a new one.",
  bad_form: "It did not arrive as it was sealed, so nothing was kept. Please try again.",
};
let asked = null;

function show(name) {
  for (const each of root.querySelectorAll("[data-part]")) if (each.dataset.step !== undefined) each.hidden = each.dataset.part !== name;
  root.dataset.shown = name;
}

function tell(text) {
  part("told").textContent = text;
  show("end");
}

async function step(url, body = {}) {
  const headers = { "Content-Type": "application/json", [root.dataset.header]: pass };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", cache: "no-store" });
  const answer = await response.json().catch(() => ({}));
  return { ok: response.ok, ...answer };
}

/** False, and told, where a step was not taken for good. */
function taken(answer) {
  if (answer.ok) return true;
  if (answer.error === "ended") tell(ENDED[answer.state] ?? ENDED.expired);
  else fault(FAILED[answer.error] ?? FAILED.unavailable);
  return false;
}

function fault(text) {
  if (!asked) return tell(text);
  part("fault").textContent = text;
  part("fault").hidden = !text;
}

async function begin() {
  const answer = await step(root.dataset.open).catch(() => ({ error: "unavailable" }));
  if (!taken(answer)) return;
  if (answer.handling === "pay") return begun(answer);
  if (!canSeal()) return tell("This page can’t seal what you type: its address is not secure, or the browser is too old. Nothing can be sent from here; please don’t type it into the chat instead.");
  if (!isAsSaid(answer)) return tell("This form says one thing and does another, so nothing can be sent from here. Please tell who asked for it.");
  const point = decoded(answer.point);
  // The fingerprint that is shown is this browser's own finding of the key that it seals for.
  answer.facts.key = await fingerprintOf(point);
  begun({ ...answer, point });
  put();
}

/** Show what is asked, and how long. */
function begun(answer) {
  asked = answer;
  for (const place of root.querySelectorAll("[data-slot]")) place.textContent = words()[place.dataset.slot] ?? "";
  for (const why of root.querySelectorAll("[data-handling]")) why.hidden = why.dataset.handling !== asked.handling;
  part("fields").replaceChildren(...asked.fields.map(field));
  setTimeout(() => tell(ENDED.expired), Math.max(0, new Date(asked.until) - Date.now()));
  show(asked.by_visitor ? next() : "asked");
}

/** What follows on "Fill in": the form, or the way to the payment provider's page. */
function next() {
  if (asked.handling !== "pay") return "fill";
  toPay();
  return "pay";
}

async function toPay(isBack) {
  const [link, again] = [part("pay-link"), part("pay-again")];
  again.disabled = true;
  const answer = await step(root.dataset.pay).catch(() => ({ error: "unavailable" }));
  again.disabled = false;
  if (answer.error === "ended" || answer.error === "not_found") return tell(ENDED[answer.state] ?? FAILED.not_found);
  const isThere = answer.ok && /^https?:/.test(answer.url);
  if (isThere) link.href = answer.url;
  link.hidden = part("pay-hint").hidden = !isThere;
  again.hidden = part("pay-fault").hidden = isThere;
  part("pay-fault").textContent = isThere ? "" : answer.error === "too_fast" ? FAILED.too_fast : "The payment page is not there just now. Please try again in a moment.";
  if (!isBack) (isThere ? link : again).focus();
}

/** Whether an answer will be bound to what the page says becomes of it: opened by whom, and to be compared only. */
function isAsSaid({ handling, facts }) {
  const bySystem = handling === "forward" || handling === "ask";
  const isCompared = handling === "check" || handling === "ask";
  return Object.hasOwn(TAKEN, handling) && bySystem === (facts.agent === "endpoint") && isCompared === facts.form.startsWith("check:");
}

/** Who takes it, for each of what can become of it. */
const TAKEN = {
  view: ({ agent }) => [`${agent}’s browser`, agent, `${agent} can read it once; then it is destroyed.`],
  check: ({ agent }) => [`${agent}’s browser`, agent, `It is compared once; then it is destroyed.`],
  forward: ({ organisation }) => [`the system of ${organisation}`, organisation, `It is on its way to the system of ${organisation}. No agent sees it.`],
  ask: ({ organisation }) => [`the system of ${organisation}`, organisation, `The system of ${organisation} compares it. No agent sees it.`],
};

const words = (taken = asked.handling === "pay" ? [] : TAKEN[asked.handling](asked)) => ({
  name: asked.name,
  agent: asked.agent,
  organisation: asked.organisation,
  keeper: taken[0],
  asked_of: taken[1],
  then: taken[2],
  who: asked.handling === "pay" && asked.by_visitor ? `For ${asked.organisation}:` : asked.by_visitor ? `Send this to ${asked.handling === "view" ? asked.agent : asked.organisation}, sealed` : `${asked.agent} of ${asked.organisation} asks for`,
  minutes: String(asked.minutes),
  fingerprint: asked.facts ? inWords(asked.facts.key) : "",
});

function field(each) {
  const made = root.querySelector("template").content.firstElementChild.cloneNode(true);
  const input = made.querySelector("input");
  const wrong = made.querySelector("p");
  made.querySelector("span").textContent = each.label;
  made.querySelector("i").hidden = each.is_required;
  Object.assign(input, { name: each.key, maxLength: each.most, required: each.is_required, ...INPUTS[each.type] });
  if (!INPUTS[each.type]?.autocomplete) input.autocomplete = "off";
  wrong.id = `wrong-${each.key}`;
  input.setAttribute("aria-describedby", wrong.id);
  input.addEventListener("change", () => look(each, input));
  input.addEventListener("input", () => { if (!wrong.hidden) look(each, input); });
  return made;
}

function look(each, input) {
  const told = wrongWith(each, input.value);
  const place = document.getElementById(`wrong-${each.key}`);
  place.textContent = told;
  place.hidden = !told;
  input.toggleAttribute("aria-invalid", Boolean(told));
  return !told;
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const bad = asked.fields.filter((each) => !look(each, form.elements[each.key]));
  if (bad.length) return form.elements[bad[0].key].focus();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  fault("");
  try {
    const values = Object.fromEntries(asked.fields.map(({ key }) => [key, form.elements[key].value]));
    const answer = await step(root.dataset.submit, await seal(values, asked.facts, asked.point));
    if (!taken(answer)) return;
    form.reset();
    part("fields").replaceChildren();
    show("sent");
    part("sent").focus();
  } catch (error) {
    fault(error instanceof TooLongError ? "That is too long for one form." : "It could not be sent. Check the connection and try again; nothing has left this page unsealed.");
  } finally {
    button.disabled = false;
  }
}

async function decline() {
  const answer = await step(root.dataset.decline).catch(() => ({ error: "unavailable" }));
  if (taken(answer)) tell(ENDED.declined);
}

root.querySelector("form").addEventListener("submit", submit);
part("begin").addEventListener("click", () => {
  show(next());
  part("fields").querySelector("input")?.focus();
});
part("pay-again").addEventListener("click", () => toPay());
// Whoever comes back from the provider's page is asked for again: what became of it is looked up then.
part("pay-link").addEventListener("click", () => {
  document.onvisibilitychange = () => { if (!document.hidden && root.dataset.shown === "pay") toPay(true); };
});
for (const button of root.querySelectorAll("[data-declines]")) button.addEventListener("click", decline);

/** A number that was typed into the chat and moved here by a tap, from the chat's own frame and nobody else's. */
let typed = "";
function put() {
  const card = asked?.point && asked.fields.find(({ type }) => type === "card");
  if (!card || !typed) return;
  show("fill");
  root.querySelector("form").elements[card.key].value = typed.slice(0, card.most);
  typed = "";
}
addEventListener("message", ({ origin, source, data }) => {
  if (origin !== root.dataset.site || source !== parent || typeof data?.typed !== "string") return;
  typed = data.typed;
  put();
});

begin();
