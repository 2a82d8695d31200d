/** What the site asks before the first message. Answers stay in memory until then. */

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
