/** Who the visitor is, as the page around the chat vouches for them. Fetched when it does, or has to. */
const SOON_MS = 120_000;
const AGAIN_MS = 1000;
const TRIES = 5;
const LONGEST_MS = 2 ** 31 - 1;
const ASKED = "Please sign in on this website to write here. What you have written is kept.";

export class Identity {
  constructor({ chat, session, socket, bridge, outbox }) {
    Object.assign(this, { session, socket, outbox, tell: (said) => bridge.tell("identity", { said }) });
    this.line = Object.assign(document.createElement("p"), { className: "ending", hidden: true, textContent: ASKED });
    this.line.setAttribute("role", "status");
    chat.querySelector("[data-part=composer]").before(this.line);
    const { onEvent } = socket, send = socket.send.bind(socket);
    socket.onEvent = (event) => {
      if (event.type === "session.opened") this.#show();
      if (event.type === "message.acknowledged") this.line.hidden = true;
      onEvent(event);
    };
    // A conversation begins as whose it is: the token goes first.
    socket.send = (frame) => {
      if (frame.type !== "conversation.start" || !this.token || this.isBound) return send(frame);
      this.#show({ begins: true, consent: frame.consent }).then((isBound) => isBound || send(frame));
      return socket.isOpen;
    };
  }

  /** `token` is what the page hands over; without one, the visitor is asked to sign in there. */
  take({ token } = {}) {
    if (typeof token === "string") {
      this.token = token;
      this.isBound = false;
      if (this.socket.isOpen) this.#show();
    } else if (!this.token && this.line.hidden) {
      this.line.hidden = false;
      this.tell({ state: "required" });
    }
  }

  /** Promises whether the browser is known by the token now. One after the other: the first may have done it. */
  #show(more) {
    const now = () => this.#shown(more);
    return (this.turn = this.turn ? this.turn.then(now, now) : now());
  }

  async #shown(more) {
    const { token } = this, [first] = this.outbox.waiting();
    if (!token || this.isBound) return Boolean(this.isBound);
    // What was refused before waits for this.
    const answer = await this.#asked({ token, ...(first && { begins: true, consent: first.opening?.consent }), ...more });
    // The page may have handed over another meanwhile.
    if (!answer || token !== this.token) return false;
    // Without the notice nothing begins: the server's own refusal asks for that.
    if (answer.refused === "consent_required") return false;
    if (answer.refused) {
      this.token = null;
      this.tell({ state: "refused", why: answer.refused, claim: answer.claim });
      return false;
    }
    this.tell({ state: "signed", until: answer.until });
    if (!answer.bound) return false;
    this.isBound = true;
    this.line.hidden = true;
    this.#remind(Date.parse(answer.until) - Date.now());
    if (answer.another) {
      // Nothing of who was here before is theirs to see.
      this.outbox.clear();
      location.reload();
    } else if (answer.session || this.outbox.waiting().length) {
      // The one at hand is of who they were.
      this.socket.ticket = null;
      this.socket.hurry(true);
    }
    return true;
  }

  /** Promises the answer; null where there is none for so long that the visitor should not wait. */
  async #asked(said, tries = TRIES) {
    try {
      return await this.session.open("/identify", said);
    } catch ({ retry_ms }) {
      if (tries < 2) return null;
      await new Promise((done) => setTimeout(done, retry_ms || AGAIN_MS));
      return this.#asked(said, tries - 1);
    }
  }

  /** The page is told in time, so that it can hand over another. */
  #remind(left_ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.tell({ state: "expiring" });
      this.timer = setTimeout(() => this.tell({ state: "ended" }), SOON_MS);
    }, Math.min(left_ms - SOON_MS, LONGEST_MS));
  }
}
