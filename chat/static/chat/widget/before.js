/** What comes before the first message: the notice, and what the site asks. Answers stay in memory until then. */

export const gpc = navigator.globalPrivacyControl === true;
/** What the notice depends on. */
export const browser = () => ({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, languages: navigator.languages });

export class Notice {
  /** `onAnswered` hears that the text was shown, or agreed to where it asks. */
  constructor(chat, onAnswered) {
    const [told, bar, agree, decline] = ["told", "asking", "agree", "decline"].map((name) => chat.querySelector(`[data-part=${name}]`));
    Object.assign(this, { chat, onAnswered, told, bar, agree, decline });
    agree.addEventListener("click", () => (decline.hidden ? this.#ask() : this.#answer()));
    decline.addEventListener("click", () => {
      this.#show([this.notice.instead, this.notice.ways], this.notice.again);
      decline.hidden = true;
    });
  }

  get isAsking() {
    return !this.bar.hidden;
  }

  /** What the widget's session answers. */
  take(notice) {
    if (notice?.hash === this.notice?.hash && (this.isAsking || this.receipt)) return this.receipt && this.onAnswered();
    this.notice = notice;
    this.#close();
    this.told.hidden = !notice || notice.given;
    if (this.told.hidden) return;
    this.#ask();
    if (!notice.asks) this.#answer();
  }

  focus() {
    this.told.focus();
  }

  #ask() {
    this.#show(this.notice.paragraphs, this.notice.agree);
    this.decline.textContent = this.notice.decline;
    this.decline.hidden = this.bar.hidden = false;
    this.chat.classList.add("is-deciding");
    if (document.hasFocus()) this.focus();
    this.told.scrollIntoView();
  }

  #show([title, ...lines], label) {
    this.told.lang = this.notice.language;
    this.told.replaceChildren(...[title, ...lines].map((line, place) => Object.assign(document.createElement(place ? "p" : "h2"), { textContent: line })));
    this.agree.textContent = label;
  }

  #close(receipt) {
    this.receipt = receipt;
    this.bar.hidden = true;
    this.chat.classList.remove("is-deciding");
  }

  #answer() {
    this.#close({ notice: this.notice.hash, gpc });
    this.onAnswered();
  }
}

export class Questions {
  constructor(chat, { onDone }) {
    this.chat = chat;
    this.form = chat.querySelector("[data-part=questions]");
    this.given = [];
    if (!this.form) return;
    this.#show(true);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.given = [...new FormData(this.form)].map(([key, value]) => ({ key, value: value.trim() })).filter(({ value }) => value);
      this.dismiss();
      onDone();
    });
  }

  get isAsking() {
    return Boolean(this.form) && !this.form.hidden;
  }

  get answers() {
    return this.given;
  }

  focus() {
    this.form.querySelector("input").focus({ preventScroll: true });
  }

  dismiss() {
    if (this.form) this.#show(false);
  }

  #show(on) {
    this.form.hidden = !on;
    this.chat.classList.toggle("is-asking", on);
  }
}
