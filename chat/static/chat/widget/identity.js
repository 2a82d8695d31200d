/** Who the visitor is, as the page around the chat vouches for them. Fetched when it does, or has to. */
const SOON_MS = 120_000;
const AGAIN_MS = 3000;
const ASKED = "Please sign in on this website to write here. What you have written is kept.";

export class Identity {
  constructor({ chat, session, socket, bridge, outbox }) {
    Object.assign(this, { session, socket, outbox, tell: (state, more) => bridge.tell("identity", { state, ...more }) });
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
      this.tell("required");
    }
  }

  /** Promises whether the browser is known by the token now. One after the other: the first may have done it. */
  #show(more) {
    const now = () => this.#shown(more);
    return (this.turn = this.turn ? this.turn.then(now, now) : now());
  }

  async #shown(more) {
    const { token } = this;
    if (!token || this.isBound) return Boolean(this.isBound);
    let answer;
    try {
      answer = await this.session.open("/identify", { token, ...more });
    } catch ({ response, retry_ms }) {
      return this.#failed(token, response, retry_ms, more);
    }
    // The page may have handed over another meanwhile.
    if (token !== this.token) return false;
    this.tell("signed", { until: answer.until });
    if (!answer.bound) return false;
    this.isBound = true;
    this.line.hidden = true;
    this.#remind(Date.parse(answer.until) - Date.now());
    if (answer.another) {
      // Nothing of who was here before is theirs to see.
      this.outbox.clear();
      location.reload();
    } else if (answer.session) this.socket.hurry(true);
    return true;
  }

  async #failed(token, response, retry_ms, more) {
    const { error, claim } = (await response?.json().catch(() => null)) ?? {};
    // Without the notice nothing begins; it is asked for by the server's own refusal.
    if (error === "consent_required") return false;
    if (!response || response.status === 429 || response.status >= 500) {
      await new Promise((done) => setTimeout(done, retry_ms || AGAIN_MS));
      return token === this.token && this.#shown(more);
    }
    if (token === this.token) {
      this.token = null;
      this.tell("refused", { why: error, claim });
    }
    return false;
  }

  /** The page is told in time, so that it can hand over another. */
  #remind(left_ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.tell("expiring");
      this.timer = setTimeout(() => this.tell("ended"), SOON_MS);
    }, left_ms - SOON_MS);
  }
}
