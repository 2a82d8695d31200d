/** Says, while one writes, what would be hidden. The server hides it in any case; this spares the surprise. */
import { hiddenList } from "./hidden.js";

const PAUSE_MS = 250;
/** Fewer digits than this are no card, account or ID number; the finder is fetched only when there are more. */
const WORTH_LOOKING = /(?:\p{Nd}\P{L}{0,3}){8}/u;

export class Forewarning {
  /** `note`, if any, is a status line with a [data-slot=text] and a button; `onRemoved` gets the draft without the find. */
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
      // Without the finder there is no warning; the server still hides.
    }
  }

  #show(findings, text = "") {
    if (!this.note) return;
    Object.assign(this, { findings, text });
    this.note.hidden = !findings.length;
    this.note.querySelector("[data-slot=text]").textContent = findings.length ? `This looks like ${hiddenList(findings)}. We hide it before it is stored.` : "";
    // A later secure form asks for it here; until then the one thing that helps is not to send it.
    this.button.textContent = findings.length > 1 ? "Remove them" : "Remove it";
  }
}

/** `text` without its findings, and without the gaps they leave. Offsets are code points. Pure. */
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
