/** What the site asks before the first message. The answers stay in this page's memory until that message is sent. */

export class Questions {
  /** @param {HTMLElement} chat  @param {{onDone: () => void}} handlers told when the visitor may write */
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

  /** As `conversation.start` carries them. */
  get answers() {
    return this.given;
  }

  focus() {
    this.form.querySelector("input").focus({ preventScroll: true });
  }

  /** Nothing to ask: there is a conversation already, or the questions are answered. */
  dismiss() {
    if (this.form) this.#show(false);
  }

  /** While they are asked there is no box to write in. */
  #show(on) {
    this.form.hidden = !on;
    this.chat.classList.toggle("is-asking", on);
  }
}
