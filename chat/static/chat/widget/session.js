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

/**
 * The line to the customer's page: open, close, an unread count, which page it is, and for whom it vouches.
 * Wait for the loader: it knows the nonce in our address. opened gets (full, {page, referrer}).
 */
export function listen(handlers) {
  const nonce = location.hash.slice(1);
  let port, told = 0;
  const tell = (type, more) => port?.postMessage({ type, ...more });
  const hear = {
    ...handlers,
    opened: ({ full, page, referrer }) => handlers.opened(full === true, { page: address(page), referrer: address(referrer) }),
  };
  addEventListener("message", (event) => {
    if (port || event.source !== parent || event.origin !== parentOrigin(event.origin)) return;
    if (event.data?.hushdesk !== "connect" || event.data.nonce !== nonce || !nonce || !event.ports[0]) return;
    port = event.ports[0];
    port.onmessage = ({ data }) => { if (Object.hasOwn(hear, data?.type)) hear[data.type](data); };
    tell("ready", { nonce });
  });
  return {
    tell,
    unread: (count) => {
      if (count !== told) tell("unread", { count });
      if (port) told = count;
    },
    isFramed: parent !== window,
  };
}

const address = (value) => (typeof value === "string" && value.length <= 2048 ? value : "");

/** The origin above us as the browser vouches for it; `claimed` where it does not tell. */
function parentOrigin(claimed) {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0];
  return document.referrer ? new URL(document.referrer).origin : claimed;
}
