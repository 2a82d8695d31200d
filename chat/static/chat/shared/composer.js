/** A text box that grows, sends on Enter, and tells when its writer is typing. */
import { Forewarning } from "./hidden.js";
import { MAX_TEXT_BYTES, textBytes } from "./protocol.js";

const TYPING_ON_MS = 4000;
const NEAR_LIMIT = 0.9;

export class Composer {
  /** `form` holds a textarea, a submit button, a [data-limit] and a [data-forewarning] note. */
  constructor(form, { onSend, onTyping }) {
    this.form = form;
    this.box = form.querySelector("textarea");
    this.limit = form.querySelector("[data-limit]");
    this.forewarning = new Forewarning(form.querySelector("[data-forewarning]"), (text) => { this.text = text; this.focus(); });
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
