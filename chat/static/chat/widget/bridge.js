/** The line to the customer's page. What crosses it: open, close, an unread count, and which page it is. */

/** Wait for the loader: it knows the nonce in our address. onOpened gets (full, {page, referrer}). */
export function listen(handlers) {
  const nonce = location.hash.slice(1);
  let port = null, told = 0;
  const hear = {
    opened: ({ full, page, referrer }) => handlers.onOpened(full === true, { page: address(page), referrer: address(referrer) }),
    closed: () => handlers.onClosed(),
    shutdown: () => handlers.onShutdown(),
  };
  addEventListener("message", (event) => {
    if (port || event.source !== parent || event.origin !== parentOrigin(event.origin)) return;
    if (event.data?.hushdesk !== "connect" || event.data.nonce !== nonce || !nonce || !event.ports[0]) return;
    port = event.ports[0];
    port.onmessage = ({ data }) => { if (Object.hasOwn(hear, data?.type)) hear[data.type](data); };
    port.postMessage({ type: "ready", nonce });
  });
  return {
    close: () => port?.postMessage({ type: "close" }),
    unread: (count) => {
      if (count !== told) port?.postMessage({ type: "unread", count });
      if (port) told = count;
    },
    get isFramed() { return parent !== window; },
  };
}

const address = (value) => (typeof value === "string" && value.length <= 2048 ? value : "");

/** The origin above us as the browser vouches for it; `claimed` where it does not tell. */
function parentOrigin(claimed) {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0];
  return document.referrer ? new URL(document.referrer).origin : claimed;
}
