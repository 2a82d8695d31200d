/** Who this visitor is, and a ticket for each connection. Tickets never enter an address. */

export const gpc = navigator.globalPrivacyControl === true;
/** What the notice depends on. */
const browser = () => ({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, languages: navigator.languages });

const TOKEN_KEY = "hushdesk.session";
const ACTIVE_KEY = "hushdesk.active";

/** Private windows may refuse it. */
function storageOrNull(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

export const tabStorage = storageOrNull("sessionStorage");
const siteStorage = storageOrNull("localStorage");

export class SessionError extends Error {
  constructor(response) {
    super(`session refused: ${response.status}`);
    this.retry_ms = Number(response.headers.get("Retry-After")) * 1000;
  }
}

export class VisitorSession {
  constructor(url) {
    this.url = url;
    this.token = tabStorage?.getItem(TOKEN_KEY) ?? null;
  }

  /** Who has chatted here before listens from the start. */
  get wasActive() {
    return siteStorage?.getItem(ACTIVE_KEY) || this.token;
  }

  markActive() {
    try {
      siteStorage?.setItem(ACTIVE_KEY, "1");
    } catch {
      // Then the chat connects when it is opened.
    }
  }

  /** Promises {ticket, conversation: {id, status} or null, …}. One after the other: each may make us another. */
  open(what = "/session", more) {
    const ask = () => this.#ask(what, more);
    return (this.turn = this.turn ? this.turn.then(ask, ask) : ask());
  }

  async #ask(what, more) {
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers["X-Hushdesk-Session"] = this.token;
    const response = await fetch(this.url.replace("/session", what), { method: "POST", headers, body: JSON.stringify({ ...browser(), ...more }), credentials: "same-origin", keepalive: true });
    if (!response.ok) throw new SessionError(response);
    const answer = await response.json();
    if (answer.session) {
      this.token = answer.session;
      try {
        tabStorage?.setItem(TOKEN_KEY, answer.session);
      } catch {
        // It lives on in memory.
      }
    }
    return answer;
  }

  forget() {
    const gone = () => { this.token = null; };
    this.open("/forget").then(gone, gone);
    tabStorage?.removeItem(TOKEN_KEY);
    siteStorage?.removeItem(ACTIVE_KEY);
  }
}
