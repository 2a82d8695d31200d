/** Canned responses in the composer: a text that is only `/` and a beginning opens a list; arrows and Enter choose. */

const ASKS = /^\/([a-z0-9-]*)$/i;
const SHOWN = 8;
/** What the list offers besides: not texts, but dialogs, each where there is a button for it. */
export const DIALOGS = [
  { shortcut: "form", text: "Ask by a secure form, which we can’t read either" },
  { shortcut: "verify", text: "Ask the visitor to prove who they are" },
];

/** Those whose short name begins with `beginning`, then those that hold it. Pure. */
export function matching(canned, beginning) {
  const wanted = beginning.toLowerCase();
  const begins = canned.filter(({ shortcut }) => shortcut.startsWith(wanted));
  const holds = canned.filter((one) => !begins.includes(one) && one.shortcut.includes(wanted));
  return [...begins, ...holds].slice(0, SHOWN);
}

export class CannedPicker {
  /**
   * @param {HTMLTextAreaElement} box
   * @param {{list: HTMLElement, none: HTMLElement, template: HTMLTemplateElement}} parts
   * @param {{fetchCanned: () => Promise<{shortcut: string, text: string}[]>, onPick: (text: string) => void}} handlers
   */
  constructor(box, { list, none, template }, { fetchCanned, onPick }) {
    Object.assign(this, { box, list, none, template, fetchCanned, onPick });
    this.found = [];
    this.at = 0;
    box.addEventListener("input", () => this.#look());
    box.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    // In the capture phase, so that Enter chooses here before it sends.
    box.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    list.addEventListener("pointerdown", (event) => {
      const item = event.target.closest("[role=option]");
      if (!item) return;
      event.preventDefault();
      this.#pick(this.found[[...list.children].indexOf(item)]);
    });
  }

  close() {
    this.list.hidden = true;
    this.none.hidden = true;
    this.box.removeAttribute("aria-activedescendant");
  }

  async #look() {
    const asked = ASKS.exec(this.box.value);
    if (!asked) return this.close();
    const canned = await this.fetchCanned();
    // Meanwhile something else may have been typed.
    if (ASKS.exec(this.box.value)?.[1] !== asked[1]) return;
    this.found = matching(canned, asked[1]);
    this.at = 0;
    this.#draw();
  }

  #draw() {
    this.list.hidden = !this.found.length;
    this.none.hidden = Boolean(this.found.length);
    this.list.replaceChildren(...this.found.map(({ shortcut, text }, index) => {
      const item = this.template.content.firstElementChild.cloneNode(true);
      item.id = `picker-${index}`;
      item.querySelector("[data-slot=shortcut]").textContent = `/${shortcut}`;
      item.querySelector("[data-slot=text]").textContent = text;
      return item;
    }));
    this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", index === this.at));
    const current = this.list.children[this.at];
    if (!current) return this.box.removeAttribute("aria-activedescendant");
    this.box.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + this.found.length) % this.found.length;
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") this.#pick(this.found[this.at]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (step) this.#mark();
  }

  #pick({ text }) {
    this.close();
    this.onPick(text);
  }
}
