/**
 * Nobody is there: warns, then locks the page and keeps what stands on it. The server locks by itself; this only sees to
 * it that a person is not surprised, and that nobody reads on over an empty chair.
 *
 * Somebody who is active is told to the server at most each five seconds, and to all tabs at once.
 */
const NOTED_EACH_MS = 5000;
const WARNED_MS = 60_000;
const ACTIVITY = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const DONE = 204;

/** A time that runs out, as "0:42" or "4:05"; never below "0:00". */
export function timeLeft(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export class Idle {
  /**
   * @param {HTMLElement} root holds `data-idle-s`, `data-active-url`, `data-unlock-url` and the two dialogs
   * @param {{ fetch?: typeof fetch, now?: () => number, Channel?: typeof BroadcastChannel }} parts
   */
  constructor(root, { fetch = (...args) => globalThis.fetch(...args), now = () => Date.now(), Channel = globalThis.BroadcastChannel } = {}) {
    Object.assign(this, { root, fetch, now });
    this.idle_ms = Number(root.dataset.idleS) * 1000;
    this.warned_ms = Math.min(WARNED_MS, this.idle_ms / 4);
    this.warning = root.querySelector("[data-idle-warning]");
    this.lock = root.querySelector("[data-idle-lock]");
    this.form = this.lock.querySelector("form");
    this.activeAt = this.notedAt = this.triedAt = now();
    this.isLocked = false;
    this.channel = Channel ? new Channel("hushdesk.idle") : null;
  }

  start() {
    for (const kind of ACTIVITY) addEventListener(kind, () => this.#active(), { passive: true, capture: true });
    if (this.channel) this.channel.onmessage = ({ data }) => this.#told(data);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#unlock(); });
    // A locked page is left by its password alone.
    this.lock.addEventListener("cancel", (event) => event.preventDefault());
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), 1000);
  }

  /** Warn or lock, if it is time; called each second, and when the page is looked at again. */
  look() {
    if (this.isLocked) return;
    const left_ms = this.notedAt + this.idle_ms - this.now();
    // What was done a moment ago; after a long sleep it says nothing of now.
    if (this.activeAt > this.triedAt && this.now() - this.activeAt < 2 * NOTED_EACH_MS) this.#noteInTime();
    if (left_ms <= 0) this.#locked();
    else if (left_ms > this.warned_ms) this.warning.hidden = true;
    else {
      this.warning.querySelector("[data-slot=left]").textContent = timeLeft(left_ms);
      this.warning.hidden = false;
    }
  }

  #active() {
    if (this.isLocked) return;
    this.activeAt = this.now();
    this.#noteInTime();
  }

  async #noteInTime() {
    const at = this.now();
    if (at - this.triedAt < NOTED_EACH_MS) return;
    this.triedAt = at;
    const answer = await this.#post(this.root.dataset.activeUrl).catch(() => null);
    // Not heard, it counts for nothing; not taken, the session was locked or ended elsewhere.
    if (answer?.status === DONE) this.#seen(at);
    else if (answer) this.#locked();
  }

  #seen(at) {
    this.notedAt = Math.max(this.notedAt, at);
    this.warning.hidden = true;
    this.channel?.postMessage({ seenAt: at });
  }

  #told({ seenAt, unlocked }) {
    if (unlocked) this.#unlocked();
    else this.notedAt = Math.max(this.notedAt, seenAt);
  }

  #locked() {
    if (this.isLocked) return;
    this.isLocked = true;
    this.warning.hidden = true;
    document.documentElement.dataset.locked = "";
    this.lock.showModal();
    this.form.elements.password.focus();
  }

  async #unlock() {
    const { password } = this.form.elements;
    const error = this.lock.querySelector("[data-slot=error]");
    error.textContent = "";
    this.form.ariaBusy = "true";
    const answer = await this.#post(this.root.dataset.unlockUrl, { password: password.value }).catch(() => null);
    this.form.ariaBusy = "false";
    password.value = "";
    if (answer?.status === DONE) {
      this.channel?.postMessage({ unlocked: true });
      this.#unlocked();
    } else if (answer?.type === "opaqueredirect") location.reload();
    else {
      error.textContent = !answer ? "No connection. Try again in a moment." : answer.status === 422 ? "This is not your password." : "That was too often. Try again later.";
      password.focus();
    }
  }

  #unlocked() {
    this.activeAt = this.notedAt = this.triedAt = this.now();
    this.isLocked = false;
    delete document.documentElement.dataset.locked;
    this.lock.close();
    dispatchEvent(new Event("hushdesk:unlocked"));
  }

  #post(url, fields = {}) {
    const body = new FormData(this.form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    if (!fields.password) body.delete("password");
    return this.fetch(url, { method: "POST", body, redirect: "manual", cache: "no-store" });
  }
}
