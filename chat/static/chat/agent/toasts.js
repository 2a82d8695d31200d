/** Short notices at the edge of the screen, with at most one thing to do. */

const SHOWN_MS = 8000;

export class Toasts {
  constructor(region, template) {
    this.region = region;
    this.template = template;
  }

  /** @param {{label: string, action: () => void}} [offer] what the notice lets one do, such as undo */
  show(text, offer) {
    const toast = this.template.content.firstElementChild.cloneNode(true);
    const slot = (name) => toast.querySelector(`[data-slot=${name}]`);
    const close = () => toast.remove();
    slot("text").textContent = text;
    slot("close").addEventListener("click", close);
    if (offer) {
      slot("action").hidden = false;
      slot("action").textContent = offer.label;
      slot("action").addEventListener("click", () => { close(); offer.action(); });
    }
    this.#closeLater(toast, close);
    this.region.replaceChildren(toast);
  }

  /** Wait while somebody is reading or about to press it. */
  #closeLater(toast, close) {
    let timer = setTimeout(close, SHOWN_MS);
    for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
    for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, () => { timer = setTimeout(close, SHOWN_MS / 2); });
  }
}
