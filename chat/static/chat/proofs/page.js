/**
 * The card on which a visitor proves who they are, in a frame of an origin of its own. What is typed here goes to the
 * server alone, never through the chat, and nothing is told to the frames around it.
 */
import { canAsk, createPasskey, getPasskey, mayNot, whyNot } from "./passkeys.js";
import { ENDED, FAILED } from "./told.js";

const root = document.querySelector("[data-proof]");
const pass = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
// Another pass for the same page: a frame that is given it stays where it is otherwise.
addEventListener("hashchange", () => location.reload());
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const at = (time) => clock.format(new Date(time));
const LOOK_MS = 10_000, TAB_MS = 3000, HOUR_MS = 3_600_000, MOST = 5;
let asked = null, timer, byApp = false, inTab = false, isSigning = false;

function show(name) {
  for (const each of root.querySelectorAll("[data-step]")) each.hidden = each.dataset.part !== name;
  root.dataset.shown = name;
  fault("");
}

function over(text) {
  part("told").textContent = text;
  show("over");
}

function fault(text) {
  for (const each of root.querySelectorAll("[data-fault]")) {
    each.textContent = text;
    each.hidden = !text;
  }
  for (const name of ["code", "enrolling"]) part(name).elements.code.toggleAttribute("aria-invalid", Boolean(text));
}

async function step(name, body = {}) {
  const headers = { "Content-Type": "application/json", [root.dataset.header]: pass };
  try {
    const response = await fetch(root.dataset[name], { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", cache: "no-store" });
    const isFile = response.headers.get("Content-Type") === "application/zip";
    const answer = isFile ? { file: await response.blob() } : await response.json();
    return response.ok ? answer : { error: "unavailable", ...answer };
  } catch {
    return { error: "unavailable" };
  }
}

/** What was answered to a step, drawn; false where it was not done. */
function taken(answer) {
  if (!answer.error) return true;
  if (answer.error === "ended") over(ENDED[answer.state] ?? ENDED.expired);
  else if (!asked) over(FAILED[answer.error] ?? FAILED.unavailable);
  else fault(words(answer));
  return false;
}

function words({ error, left, until }) {
  if (error === "wrong") return `${isSigning ? "This passkey was not accepted" : "This is not the code"}. ${left === 1 ? "One more try" : `${left} more tries`}.`;
  if (error === "late" && isSigning) return "That took too long. Please try again.";
  if (error === "locked") return `Too many wrong codes. From ${at(until)} on another can be sent.`;
  return FAILED[error] ?? FAILED.unavailable;
}

function draw(answer) {
  // What was done in the tab is known by now: the server has told.
  if (inTab && (asked.state !== answer.state || asked.passkeys !== answer.passkeys)) {
    inTab = false;
    offerTab(false);
  }
  asked = answer;
  clearTimeout(timer);
  // An address may become known meanwhile, and what counts runs out.
  timer = setTimeout(begin, inTab ? TAB_MS : asked.hint || asked.state === "proven" ? Math.min(HOUR_MS, Math.max(1000, new Date(asked.until) - Date.now() + 1000)) : LOOK_MS);
  const slots = { who: who(), scope: asked.scope && `“${asked.scope}”`, how: how(), title: asked.scope || "Prove who you are", where: byApp ? "Your authenticator app shows a code of six digits." : `A code of eight digits is on its way to ${asked.hint}. It is good for ten minutes.`, until: at(asked.until), organisation: asked.organisation, kept: asked.kept ? kept(asked.kept) : "", passkeys: asked.passkeys ? `You have ${many(asked.passkeys, "passkey")} for this chat.` : "" };
  for (const [name, text] of Object.entries(slots)) for (const place of root.querySelectorAll(`[data-slot="${name}"]`)) place.textContent = text;
  for (const button of root.querySelectorAll("[data-declines]")) button.textContent = asked.agent ? "Decline" : "Not now";
  part("send").textContent = `Send a code to ${asked.hint}`;
  part("send").hidden = !asked.hint || Boolean(asked.locked_until);
  part("by-app").hidden = !asked.app || Boolean(asked.locked_until);
  part("by-passkey").hidden = !canAsk || !asked.passkeys || Boolean(asked.locked_until);
  part("send").classList.toggle("button--primary", part("by-passkey").hidden);
  part("send").classList.toggle("button--quiet", !part("by-passkey").hidden);
  part("in-tab").hidden = self !== top;
  part("passkey").hidden = !canAsk || asked.passkeys >= MOST;
  part("give-up-passkeys").hidden = !asked.passkeys;
  part("give-up-passkeys").textContent = asked.passkeys === 1 ? "Give up the passkey" : "Give up the passkeys";
  part("writes").hidden = Boolean(asked.agent);
  part("again").hidden = byApp || !asked.hint;
  part("has-app").hidden = part("give-up").hidden = !asked.app;
  part("app").hidden = asked.app;
  part("enrolling").hidden = true;
  if (asked.state === "proven") show("proven");
  else if ((asked.sent_until || byApp) && !asked.locked_until) show("code");
  else if (asked.state === "asked" || asked.state === "sent") show("asked");
  else over(ENDED[asked.state] ?? ENDED.expired);
}

const who = () => (asked.agent ? `${asked.agent} of ${asked.organisation} asks you to prove who you are:` : "To see to your own data, prove who you are first.");

function how() {
  if (asked.locked_until) return `Too many wrong codes. From ${at(asked.locked_until)} on another can be sent.`;
  if (asked.hint || (canAsk && asked.passkeys)) return "";
  if (asked.is_unsure) return `You gave another e-mail address than the one that was known. Once ${asked.organisation} has looked at it, a code can be sent.`;
  return `${asked.organisation} knows no e-mail address of yours. Tell it in the chat; once it is saved, a code can be sent.`;
}

const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const kept = ({ conversations, messages }) => `${many(conversations, "conversation")} with ${many(messages, "message")}`;

/** Hand the file to the browser; nothing of it stays here. */
async function exportData(event) {
  event.target.disabled = true;
  const answer = await step("export");
  event.target.disabled = false;
  if (!taken(answer)) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(answer.file);
  link.download = "my-data.zip";
  link.click();
  URL.revokeObjectURL(link.href);
  part("exported").textContent = "Your data is in the file my-data.zip. It is readable: keep it well.";
}

async function showSeed() {
  const answer = await step("app");
  if (!taken(answer)) return;
  part("qr").src = answer.qr;
  part("secret").textContent = answer.secret;
  part("enrolling").hidden = false;
  part("enrolling").elements.code.focus();
}

async function confirmApp(event) {
  event.preventDefault();
  const form = event.target;
  const answer = await step("confirm_app", { code: form.elements.code.value });
  if (!taken(answer)) return form.elements.code.select();
  form.reset();
  part("qr").removeAttribute("src");
  part("secret").textContent = "";
  draw(answer);
}

async function giveUpApp() {
  const answer = await step("give_up_app");
  if (taken(answer)) draw(answer);
}

/** Where the browser lets no frame do it, a tab of this very page does. What comes of that, the server tells both. */
function offerTab(on) {
  for (const line of root.querySelectorAll("[data-tab]")) {
    line.hidden = !on;
    line.firstElementChild.href = `${location.pathname}#${pass}`;
  }
}

/** Two posts with the device between them; `name` of the first and the last. */
async function sign(event, [first, last], ask) {
  const which = first === "begin_passkey" ? "publickey-credentials-create" : "publickey-credentials-get";
  if (mayNot(which)) return offerTab(true);
  event.target.disabled = true;
  try {
    const options = await step(first);
    if (!taken(options)) return;
    const answer = await step(last, { credential: await ask(options) });
    isSigning = true;
    if (taken(answer)) {
      draw(answer);
      part("proven").focus();
      offerTab(false);
    }
  } catch (error) {
    fault(whyNot(error));
    if (self !== top) offerTab(true);
  } finally {
    event.target.disabled = false;
    isSigning = false;
  }
}

async function giveUpPasskeys() {
  const answer = await step("give_up_passkeys");
  if (taken(answer)) draw(answer);
}

function askErase(on) {
  part("erasing").hidden = !on;
  part("asks-erase").setAttribute("aria-expanded", on);
  (on ? part("erase") : part("asks-erase")).focus();
}

async function erase(event) {
  event.target.disabled = true;
  const answer = await step("erase", { confirm: "erase" });
  event.target.disabled = false;
  if (!taken(answer)) return;
  clearTimeout(timer);
  over("Everything that was kept of you is erased. What you still see of the chat is gone when you close it.");
}

/** Ask in writing; whoever has not proven who they are is asked for that afterwards. */
async function ask(event) {
  event.preventDefault();
  const { kind, words } = event.target.elements, button = event.target.querySelector("[type=submit]");
  button.disabled = true;
  const answer = await step("ask_right", { kind: kind.value, words: words.value });
  button.disabled = false;
  if (!taken(answer)) return;
  event.target.reset();
  over(`Received, as ${answer.reference}. An answer is due by ${day.format(new Date(answer.due_at))}.${asked.state === "proven" ? "" : " You may be asked to prove who you are first."}`);
}

function write() {
  // It is not drawn anew while somebody writes.
  clearTimeout(timer);
  show("writing");
  part("writing").elements.kind[0].focus();
}

async function begin() {
  clearTimeout(timer);
  const answer = await step("open");
  if (taken(answer)) draw(answer);
}

async function send(event) {
  byApp = false;
  event.target.disabled = true;
  const answer = await step("send");
  event.target.disabled = false;
  if (!taken(answer)) return;
  draw(answer);
  part("code").elements.code.focus();
}

async function prove(event) {
  event.preventDefault();
  const { code } = event.target.elements;
  const typed = code.value.replace(/[\s-]/g, "");
  if (!(byApp ? /^\d{6}$/ : /^\d{8}$/).test(typed)) {
    fault(`The code has ${byApp ? "six" : "eight"} digits.`);
    return code.focus();
  }
  const button = event.target.querySelector("[type=submit]");
  button.disabled = true;
  const answer = await step(byApp ? "prove_by_app" : "prove", { code: typed });
  button.disabled = false;
  if (!taken(answer)) {
    code.select();
    if (answer.error === "locked") part("again").hidden = true;
    return;
  }
  event.target.reset();
  draw(answer);
  part("proven").focus();
}

async function leave(name, state) {
  if (taken(await step(name))) over(ENDED[state]);
}

part("send").addEventListener("click", send);
part("again").addEventListener("click", send);
part("code").addEventListener("submit", prove);
part("end").addEventListener("click", () => leave("end", "ended"));
part("close").addEventListener("click", () => step("close"));
part("by-app").addEventListener("click", () => {
  byApp = true;
  draw(asked);
  part("code").elements.code.focus();
});
part("by-passkey").addEventListener("click", (event) => sign(event, ["ask_passkey", "prove_by_passkey"], getPasskey));
part("passkey").addEventListener("click", (event) => sign(event, ["begin_passkey", "keep_passkey"], createPasskey));
part("give-up-passkeys").addEventListener("click", giveUpPasskeys);
for (const line of root.querySelectorAll("[data-tab]")) {
  line.firstElementChild.addEventListener("click", () => {
    inTab = true;
    clearTimeout(timer);
    timer = setTimeout(begin, TAB_MS);
  });
}
// Whoever comes back from the tab sees at once what came of it.
addEventListener("focus", () => inTab && begin());
part("app").addEventListener("click", showSeed);
part("enrolling").addEventListener("submit", confirmApp);
part("give-up").addEventListener("click", giveUpApp);
part("writes").addEventListener("click", write);
root.querySelector("[data-writes]").addEventListener("click", write);
part("unwrites").addEventListener("click", begin);
part("writing").addEventListener("submit", ask);
part("export").addEventListener("click", exportData);
part("asks-erase").addEventListener("click", () => askErase(part("erasing").hidden));
part("keeps").addEventListener("click", () => askErase(false));
part("erase").addEventListener("click", erase);
for (const button of root.querySelectorAll("[data-declines]")) button.addEventListener("click", () => leave("decline", "declined"));
begin();
