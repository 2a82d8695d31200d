/** Keeps a log at its end while the reader is there, and still when they are not. */

const NEAR_PX = 80;

export class Scroller {
  /** `pill` is shown while something new waits below; `onTop` hears of the other end. */
  constructor(box, pill, onTop) {
    Object.assign(this, { box, pill, onTop });
    this.follows = true;
    this.missed = 0;
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    box.addEventListener("scroll", () => this.#moved(), { passive: true, signal });
    pill.addEventListener("click", () => this.toEnd(), { signal });
    this.observer = new ResizeObserver(() => { if (this.follows) this.#jump(); });
    this.observer.observe(box);
    if (box.firstElementChild) this.observer.observe(box.firstElementChild);
  }

  /** Something was added; one's `own` moves there in any case. */
  added(own = false) {
    if (own) this.toEnd();
    else if (!this.follows) {
      this.missed += 1;
      this.#show();
    }
  }

  /** Show the end, or `first` if that stands before what then is in sight. */
  toEnd(first) {
    this.follows = true;
    this.missed = 0;
    this.#jump();
    if (first && first.getBoundingClientRect().top < this.box.getBoundingClientRect().top) {
      this.follows = false;
      first.scrollIntoView();
    }
    this.#show();
  }

  /** Before something is added above; what it returns, afterwards. */
  hold() {
    const fromEnd = this.box.scrollHeight - this.box.scrollTop;
    return () => this.box.scrollTo({ top: this.box.scrollHeight - fromEnd, behavior: "instant" });
  }

  stop() {
    this.aborter.abort();
    this.observer.disconnect();
  }

  #jump() {
    this.box.scrollTo({ top: this.box.scrollHeight, behavior: "instant" });
  }

  #moved() {
    this.follows = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_PX;
    if (this.follows) this.missed = 0;
    if (this.box.scrollTop < NEAR_PX) this.onTop?.();
    this.#show();
  }

  #show() {
    this.pill.hidden = this.follows || this.missed === 0;
    const label = this.pill.querySelector("[data-slot=count]");
    if (label) label.textContent = this.missed === 1 ? "1 new message" : `${this.missed} new messages`;
  }
}
