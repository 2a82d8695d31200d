/** Says, while one writes, what would be hidden. The server hides it in any case; this spares the surprise. */
import { hiddenList } from "./hidden.js";

const PAUSE_MS = 250;
/** Fewer are no card or ID number, and the finder need not be fetched. */
const WORTH_LOOKING = /(?:\p{Nd}\P{L}{0,3}){8}/u;

export class Forewarning {
  /** `note` holds a [data-slot=text] and a button; `onRemoved` gets the draft without the find. */
  constructor(note, onRemoved = () => {}) {
    this.note = note;
    this.button = note?.querySelector("button");
    this.button?.addEventListener("click", () => onRemoved(without(this.text, this.findings)));
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
      if (turn === this.timer) this.#show(findSensitive(text), text);
    } catch {
      // No warning then; the server still hides.
    }
  }

  #show(findings, text = "") {
    if (!this.note) return;
    Object.assign(this, { findings, text });
    this.note.hidden = !findings.length;
    this.note.querySelector("[data-slot=text]").textContent = findings.length ? `This looks like ${hiddenList(findings)}. We hide it before it is stored.` : "";
    this.button.textContent = findings.length > 1 ? "Remove them" : "Remove it";
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
