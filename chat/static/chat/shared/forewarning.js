/** Says, while one writes, what would be hidden. The server hides it in any case; this spares the surprise. */
import { hiddenList } from "./hidden.js";

const PAUSE_MS = 250;
/** Fewer digits than this are no card, account or ID number; the finder is fetched only when there are more. */
const WORTH_LOOKING = /(?:\p{Nd}\P{L}{0,3}){8}/u;

export class Forewarning {
  /** @param {HTMLElement|null} note a status line below the text box */
  constructor(note) {
    this.note = note;
  }

  /** Look at a draft once its writer pauses. The draft goes nowhere. */
  look(text) {
    clearTimeout(this.timer);
    if (!this.note || !WORTH_LOOKING.test(text)) this.#show([]);
    else this.timer = setTimeout(() => this.#find(text), PAUSE_MS);
  }

  async #find(text) {
    const turn = this.timer;
    try {
      const { findSensitive } = await import("./masking.js");
      if (turn === this.timer) this.#show(findSensitive(text));
    } catch {
      // Without the finder there is no warning; the server still hides.
    }
  }

  #show(findings) {
    if (!this.note) return;
    this.note.hidden = !findings.length;
    this.note.textContent = findings.length ? `This looks like ${hiddenList(findings)}. We hide it before it is stored.` : "";
  }
}
