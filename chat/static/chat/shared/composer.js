/** A text box that grows, sends on Enter, and tells when its writer is typing. */
import { MAX_TEXT_BYTES, textBytes } from "./socket.js";

const TYPING_ON_MS = 4000;
const NEAR_LIMIT = 0.9;

export class Composer {
  /** `form` holds a textarea, a submit button, a [data-limit] and a [data-forewarning] note. */
  constructor(form, { onSend, onTyping, onOffer }) {
    this.form = form;
    this.box = form.querySelector("textarea");
    this.limit = form.querySelector("[data-limit]");
    this.forewarning = new Forewarning(form.querySelector("[data-forewarning]"), (text) => { this.text = text; this.focus(); }, onOffer);
    this.onSend = onSend;
    this.onTyping = onTyping;
    this.isTyping = false;
    this.leastRows = this.box.rows;
    this.box.addEventListener("input", () => this.#changed());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("blur", () => this.#typing(false));
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    // Until now a click would have sent the form away.
    form.querySelector("[type=submit]").disabled = false;
    this.#changed();
  }

  get text() {
    return this.box.value;
  }

  set text(value) {
    this.box.value = value;
    this.#changed();
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  send() {
    const text = this.text.trim();
    if (!text || textBytes(text) > MAX_TEXT_BYTES) return;
    if (this.forewarning.mayHold(text)) this.forewarning.release(text).then(() => this.#post(text), () => {});
    else this.#post(text);
  }

  #post(text) {
    // What was looked at first may be another text by now.
    if (text !== this.text.trim()) return;
    this.onSend(text);
    this.text = "";
    this.#typing(false);
    this.focus();
  }

  #key(event) {
    // Enter may end a composition (isComposing).
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.send();
  }

  #changed() {
    const bytes = textBytes(this.text.trim());
    this.forewarning.look(this.text);
    const tooLong = bytes > MAX_TEXT_BYTES;
    this.form.classList.toggle("has-text", bytes > 0);
    this.box.toggleAttribute("aria-invalid", tooLong);
    if (this.limit) {
      this.limit.hidden = bytes < MAX_TEXT_BYTES * NEAR_LIMIT;
      this.limit.textContent = tooLong ? "Too long for one message. Please split it." : "Almost at the longest one message can be.";
    }
    if (!CSS.supports("field-sizing", "content")) this.#grow();
    this.#typing(bytes > 0 && document.activeElement === this.box);
  }

  /** By attribute: a style would offend the security policy. */
  #grow() {
    this.box.rows = this.leastRows;
    const line = Number.parseFloat(getComputedStyle(this.box).lineHeight);
    this.box.rows = Math.max(this.leastRows, Math.floor(this.box.scrollHeight / line));
  }

  #typing(on) {
    clearTimeout(this.typingTimer);
    if (on) this.typingTimer = setTimeout(() => this.#typing(false), TYPING_ON_MS);
    if (on === this.isTyping) return;
    this.isTyping = on;
    this.onTyping(on);
  }
}

/** Says, while one writes, what would be hidden. The server hides it in any case; this spares the surprise. */

const PAUSE_MS = 250;
/** Fewer are no card or ID number, and the finder need not be fetched. */
const WORTH_LOOKING = /(?:\p{Nd}\P{L}{0,3}){8}/u;

export class Forewarning {
  /** `note` holds a [data-slot=text] and a button; `onRemoved` gets the draft without the find. `onOffer` a card number. */
  constructor(note, onRemoved = () => {}, onOffer) {
    this.note = note;
    [this.button, this.offer] = note?.querySelectorAll("button") ?? [];
    const remove = () => onRemoved(without(this.text, this.findings));
    this.button?.addEventListener("click", remove);
    this.offer?.addEventListener("click", () => onOffer([...this.text].slice(this.card.start, this.card.end).join("")).then(remove, () => this.#say("Nobody can take it safely just now.")));
  }

  /** Whether a draft has to be looked at before it leaves. */
  mayHold(text) {
    return this.offer && WORTH_LOOKING.test(text);
  }

  /** Rejects where a card number was found, or nothing can be. */
  async release(text) {
    clearTimeout(this.timer);
    await this.#find(text);
    if (!this.card) return;
    this.#say("This looks like a card number, so it was not sent.");
    throw this.card;
  }

  /** Look at a draft once its writer pauses. The draft goes nowhere. */
  look(text) {
    clearTimeout(this.timer);
    if (!this.note || !WORTH_LOOKING.test(text)) this.#show([]);
    // Where it fails there is no warning; the server still hides.
    else this.timer = setTimeout(() => this.#find(text).catch(() => {}), PAUSE_MS);
  }

  async #find(text) {
    const turn = this.timer;
    const { findSensitive } = await import("./masking.js");
    if (turn === this.timer) this.#show(findSensitive(text), text);
  }

  #say(text) {
    this.note.querySelector("[data-slot=text]").textContent = text;
  }

  #show(findings, text = "") {
    if (!this.note) return;
    Object.assign(this, { findings, text });
    this.note.hidden = !findings.length;
    this.#say(findings.length ? `This looks like ${hiddenList(findings)}. We hide it before it is stored.` : "");
    this.button.textContent = findings.length > 1 ? "Remove them" : "Remove it";
    this.card = findings.find(({ entity }) => entity === "CARD");
    if (this.offer) this.offer.hidden = !this.card;
  }
}

/** `text` without its findings and their gaps. Pure. */
export function without(text, findings) {
  const points = [...text];
  let left = "";
  let done = 0;
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start > done) left += points.slice(done, start).join("");
    done = Math.max(done, end);
  }
  return (left + points.slice(done).join("")).replace(/[ \t]{2,}/g, " ").trim();
}

/** Words for what masking hid, and the pieces of a text around it. Pure. */

/** The twin of HIDDEN_NAMES in chat/templatetags/transcript.py. */
export const HIDDEN_NAMES = {
  CARD: "a card number",
  CVV: "a card security code",
  PIN: "a PIN",
  TRACK: "card stripe data",
  EXPIRY: "a card expiry date",
  IBAN: "a bank account number",
  BANKACCT: "a bank account number",
  SSN: "a social security number",
  ITIN: "a tax number",
  EIN: "a tax number",
  SIN: "a social insurance number",
  NHS: "a health service number",
  NINO: "a national insurance number",
  PASSPORT: "a passport number",
  DRIVERLICENSE: "a driving licence number",
  MRN: "a medical record number",
  HEALTHPLAN: "a health plan number",
  DOB: "a date of birth",
  PHONE: "a phone number",
  EMAIL: "an e-mail address",
  ADDRESS: "an address",
  NAME: "a name",
  IP: "an IP address",
  SECRET: "a password or key",
};
const OTHERWISE = "a private detail";

export const hiddenName = (entity) => (Object.hasOwn(HIDDEN_NAMES, entity) ? HIDDEN_NAMES[entity] : OTHERWISE);

/** "a card number and an e-mail address" */
export function hiddenList(findings) {
  const names = [...new Set(findings.map((finding) => hiddenName(finding.entity)))];
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");
}

export function hiddenSentence(findings) {
  return findings.length ? `We hid ${hiddenList(findings)} before it was stored.` : "";
}

/** Cut `text` at its findings, by code points: [{text, hidden}], `hidden` "" for plain stretches. */
export function segments(text, findings) {
  const points = [...text];
  const cut = [];
  let done = 0;
  for (const { entity, start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start < done || start >= end || end > points.length) continue;
    if (start > done) cut.push({ text: points.slice(done, start).join(""), hidden: "" });
    cut.push({ text: points.slice(start, end).join("").replace(/^\[|\]$/gu, ""), hidden: hiddenName(entity) });
    done = end;
  }
  if (done < points.length) cut.push({ text: points.slice(done).join(""), hidden: "" });
  return cut;
}
