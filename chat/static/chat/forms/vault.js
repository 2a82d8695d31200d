/**
 * The vault: an origin of its own, on which this browser's key for secure forms lives. It shows what was sealed for that
 * key, for a minute at most, and tells the page around it nothing but its public half, and that the screen is empty again.
 */
import { isSame } from "./compare.js";
import { INPUTS } from "./checks.js";
import { canSeal, encoded, fingerprintOf, inWords, newPair, open, pointOf } from "./sealing.js";

const STORE = "keys";
const SHOWN_MS = 60_000;
const root = document.querySelector("[data-vault]");
const { site } = root.dataset;
const person = location.hash.slice(1);
const part = (name) => root.querySelector(`[data-part="${name}"]`);
let timer = null;
/** What the reader holds, to be compared with: typed here, and never told to anybody. */
let expected = null;

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function store(mode, work) {
  const opening = indexedDB.open("hushdesk-forms", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await asked(opening);
  try {
    return await asked(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** This browser's key of a person; two frames that make one at once end up with the same. */
async function pairOf() {
  const kept = await store("readonly", (keys) => keys.get(person));
  if (kept) return kept;
  const made = await newPair();
  await store("readwrite", (keys) => keys.add(made, person)).catch(() => {});
  return store("readonly", (keys) => keys.get(person));
}

const tell = (told) => parent.postMessage({ hushdesk: "vault", ...told }, site);

function hide(why = "It is gone from this screen, and from everywhere else.") {
  if (timer === null) return;
  clearInterval(timer);
  timer = null;
  part("values").replaceChildren();
  part("shown").hidden = true;
  part("told").textContent = why;
  part("told").hidden = false;
  tell({ type: "hidden" });
}

function show(name, fields, values) {
  part("name").textContent = name;
  part("values").replaceChildren(...fields.flatMap(({ key, label }) => {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = label;
    value.textContent = values[key]?.trim() ? values[key] : "not given";
    return [term, value];
  }));
  part("told").hidden = true;
  part("shown").hidden = false;
  const until = Date.now() + SHOWN_MS;
  const count = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    part("left").textContent = String(Math.max(left, 0));
    if (left <= 0) hide("The minute is over. It is gone from this screen, and from everywhere else.");
  };
  timer = setInterval(count, 250);
  count();
  part("shown").focus();
}

const isCompared = ({ form }) => String(form).startsWith("check:");

async function valuesOf(sealed, facts) {
  const pair = await pairOf();
  return open(sealed, { ...facts, key: await fingerprintOf(await pointOf(pair)) }, pair);
}

function unreadable() {
  part("told").textContent = "This can’t be opened here: it was sealed for another key, or changed on its way. Please ask again.";
  part("told").hidden = false;
  tell({ type: "unreadable" });
}

async function opened({ sealed, facts, fields, name }) {
  try {
    // What the visitor was told is only compared is never shown, whoever asks for it.
    if (isCompared(facts)) throw new Error("to be compared only");
    const values = await valuesOf(sealed, facts);
    if (!document.hasFocus()) window.focus();
    show(String(name), fields, values);
  } catch {
    unreadable();
  }
}

/** Ask the reader what they hold, before anything is handed over to compare it with. */
function expect({ fields, name }) {
  part("held-name").textContent = String(name);
  part("held-fields").replaceChildren(...fields.map(({ key, label, type, most }) => {
    const made = root.querySelector("template").content.firstElementChild.cloneNode(true);
    const input = made.querySelector("input");
    made.querySelector("span").textContent = label;
    Object.assign(input, { name: key, maxLength: most, ...INPUTS[type], autocomplete: "off" });
    return made;
  }));
  part("told").hidden = true;
  part("held").hidden = false;
  part("held").querySelector("input")?.focus();
}

part("held").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = Object.fromEntries(new FormData(event.target));
  if (!Object.values(typed).some((value) => value.trim())) return part("held").querySelector("input").focus();
  expected = typed;
  event.target.querySelector("button").disabled = true;
  tell({ type: "expected" });
});

async function comparing({ sealed, facts, fields }) {
  try {
    if (!isCompared(facts)) throw new Error("to be read");
    const outcome = (await isSame(fields, expected, await valuesOf(sealed, facts))) ? "match" : "no_match";
    part("held").reset();
    part("held").hidden = true;
    part("told").textContent = outcome === "match" ? "It matches. Both values are gone." : "It does not match. Both values are gone.";
    part("told").hidden = false;
    tell({ type: "compared", outcome });
  } catch {
    unreadable();
  } finally {
    expected = null;
  }
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== site || source !== parent || timer !== null) return;
  if (data?.type === "show") opened(data);
  else if (data?.type === "expect" && expected === null) expect(data);
  else if (data?.type === "compare" && expected !== null) comparing(data);
});
for (const event of ["blur", "pagehide"]) addEventListener(event, () => hide("You looked away, so it is gone."));
document.addEventListener("visibilitychange", () => { if (document.hidden) hide("You looked away, so it is gone."); });
for (const event of ["copy", "cut", "contextmenu", "dragstart", "selectstart"]) document.addEventListener(event, (happened) => happened.preventDefault());
part("hide").addEventListener("click", () => hide());

async function begin() {
  if (!canSeal() || !person) return tell({ type: "unable" });
  try {
    const point = await pointOf(await pairOf());
    const fingerprint = await fingerprintOf(point);
    part("fingerprint").textContent = inWords(fingerprint);
    tell({ type: "key", point: encoded(point), fingerprint });
  } catch {
    tell({ type: "unable" });
  }
}
begin();
