/** The line from a page of the workspace to the vault's frame in it: what comes from there is a public key, or a word. */

/** The frame's `data-origin` says from where we hear. `handlers` by type: key({point, fingerprint}), unable, hidden, unreadable, expected, compared({outcome}). */
export function listenToVault(frame, handlers) {
  const hear = ({ origin, source, data }) => {
    if (origin !== frame.dataset.origin || source !== frame.contentWindow || data?.hushdesk !== "vault") return;
    if (Object.hasOwn(handlers, data.type)) handlers[data.type](data);
  };
  addEventListener("message", hear);
  // Only now, so that its first word is heard.
  frame.src = frame.dataset.src;
  return {
    /** `type`: show, expect or compare. */
    say: (type, told) => {
      frame.focus();
      frame.contentWindow.postMessage({ ...told, type }, frame.dataset.origin);
    },
    end: () => removeEventListener("message", hear),
  };
}

const SHORT = /^[0-9a-f]{64}$/;

/** A fingerprint as forms send it: 32 bytes in base64url. */
export function asSent(fingerprint) {
  if (!SHORT.test(fingerprint)) return "";
  const bytes = fingerprint.match(/../g).map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
