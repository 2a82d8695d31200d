/** A reply that was held back: says why, offers another way, a lesson of a minute and, where allowed, to insist. */
const WORDS = {
  card: "This reply asks for a card. Card numbers must not be said in a chat.",
  code: "This reply asks for a card's security code. It must never be said in a chat.",
  pin: "This reply asks for a PIN. Nobody needs one, and it must never be said in a chat.",
  identity: "This reply asks for an ID number that opens everything else.",
  password: "This reply asks for a password or a sign-in code.",
};
const INSTEAD = {
  card: "Card details are hidden here to protect you. Please pay by the link in your order mail, or on our payment page.",
};
/** By which secure form it is asked for instead. */
const FORMS = { card: "card", identity: "ssn" };
/** What nobody may insist on. */
const NEVER = new Set(["card", "code", "pin"]);

export class Coaching {
  /** `panel` is hidden until a reply is held; `onInsist(reason)` sends it, `onInstead(text)` writes another. */
  constructor(panel, { onInsist, onInstead }) {
    this.panel = panel;
    this.reason = panel.querySelector("select");
    panel.querySelector("[data-coaching=instead]").addEventListener("click", () => { this.hide(); onInstead(INSTEAD.card); });
    panel.querySelector("[data-coaching=insist]").addEventListener("click", () => {
      if (!this.reason.value) return this.reason.focus();
      const { value } = this.reason;
      this.hide();
      onInsist(value);
    });
    panel.querySelector("[data-coaching=close]").addEventListener("click", () => this.hide());
  }

  show(kind) {
    const { panel } = this;
    const isCard = NEVER.has(kind);
    panel.querySelector("[data-slot=why]").textContent = WORDS[kind] ?? WORDS.password;
    const lesson = panel.querySelector("[data-coaching=lesson]");
    lesson.href = lesson.dataset.base + encodeURIComponent(kind in WORDS ? kind : "password") + "/";
    panel.querySelector("[data-coaching=instead]").hidden = !isCard;
    this.#offerForm(kind);
    panel.querySelector("[data-slot=insist]").hidden = isCard;
    this.reason.value = "";
    panel.hidden = false;
  }

  /** The form that asks for it safely; of a security code, PIN or password there is none. */
  #offerForm(kind) {
    const button = this.panel.querySelector("[data-coaching=form]");
    if (!button) return;
    button.hidden = !Object.hasOwn(FORMS, kind);
    button.dataset.form = FORMS[kind] ?? "";
  }

  hide() {
    this.panel.hidden = true;
  }
}
