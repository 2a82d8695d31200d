/** What is asked before the first message, where the organisation asks. Answers stay in memory until then. */
export class Questions {
  constructor(chat, form, { onDone }) {
    Object.assign(this, { chat, form, answers: [] });
    this.#show(true);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.answers = [...new FormData(this.form)].map(([key, value]) => ({ key, value: value.trim() })).filter(({ value }) => value);
      this.dismiss();
      onDone();
    });
  }

  get isAsking() {
    return !this.form.hidden;
  }

  focus() {
    this.form.querySelector("input").focus({ preventScroll: true });
  }

  dismiss() {
    this.#show(false);
  }

  #show(on) {
    this.form.hidden = !on;
    this.chat.classList.toggle("is-asking", on);
  }
}
