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
  constructor(status, retry_ms) {
    super(`session refused: ${status}`);
    this.status = status;
    this.retry_ms = retry_ms;
  }
}

export class VisitorSession {
  constructor(url) {
    this.url = url;
    this.token = tabStorage?.getItem(TOKEN_KEY) ?? null;
  }

  /** Who has chatted here before listens from the start. */
  get wasActive() {
    return Boolean(siteStorage?.getItem(ACTIVE_KEY)) || Boolean(this.token);
  }

  markActive() {
    try {
      siteStorage?.setItem(ACTIVE_KEY, "1");
    } catch {
      // Then the chat connects when it is opened.
    }
  }

  /** Promises {ticket, conversation: {id, status} or null, …}. */
  async open(what = "/session") {
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers["X-Hushdesk-Session"] = this.token;
    const response = await fetch(this.url.replace("/session", what), { method: "POST", headers, body: JSON.stringify(browser()), credentials: "same-origin" });
    if (!response.ok) throw new SessionError(response.status, Number(response.headers.get("Retry-After") ?? 0) * 1000);
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
    this.token = null;
    tabStorage?.removeItem(TOKEN_KEY);
    siteStorage?.removeItem(ACTIVE_KEY);
  }
}
