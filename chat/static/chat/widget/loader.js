/**
 * The only script that runs on the customer's page: a button, and a frame on our own origin that holds the chat.
 * No message text ever reaches this file; what crosses is open, close, an unread count, the page without its query, and
 * the token by which the site vouches for its visitor.
 *
 *   <script async src="https://…/w.js" data-key="…"></script>
 *   Hushdesk("show" | "hide" | "toggle" | "shutdown"); Hushdesk("boot", {key, token}); Hushdesk("on", event, callback)
 *   Hushdesk("identify", {token}), answered by the event "identity": {state, until, why, claim}
 */
(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const queued = (window.Hushdesk && window.Hushdesk.q) || [];
  const listeners = {};
  const narrow = matchMedia("(max-width: 480px), (max-height: 480px)");
  const STYLE = `
    :host { all: initial !important; position: fixed !important; z-index: 2147483000 !important; inset: auto 20px 20px auto !important; display: block !important; color-scheme: light dark; font: 600 15px/1.2 system-ui, sans-serif; }
    button { position: relative; display: grid; place-items: center; width: 60px; height: 60px; border: 0; padding: 0; border-radius: 50%; background: #0d5b47; color: #fff; cursor: pointer; box-shadow: 0 6px 20px -4px rgb(10 40 30 / 45%), 0 1px 4px rgb(10 40 30 / 25%); transition: background-color .15s, scale .15s; }
    button:hover { background: #09432f; scale: 1.04; }
    button:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: 0 0 0 3px #0d5b47, 0 0 0 5px #fff; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
    b { position: absolute; top: -4px; right: -4px; min-width: 22px; box-sizing: border-box; padding: 3px 6px; border-radius: 11px; background: #a8321f; color: #fff; font-size: 13px; text-align: center; border: 2px solid #fff; }
    b:empty { display: none; }
    iframe { position: fixed; right: 20px; bottom: 94px; width: min(400px, calc(100vw - 40px)); height: min(660px, calc(100dvh - 114px)); border: 0; border-radius: 18px; box-shadow: 0 16px 48px -12px rgb(20 30 25 / 40%), 0 2px 8px rgb(20 30 25 / 16%); background: Canvas; display: none; opacity: 1; translate: 0 0; transition: opacity .2s, translate .2s; }
    iframe.open { display: block; }
    @starting-style { iframe.open { opacity: 0; translate: 0 12px; } }
    iframe.full { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
    .covered { display: none; }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
    @media (forced-colors: active) { button { border: 2px solid ButtonText; } iframe { border: 1px solid CanvasText; } }
    @media print { :host { display: none !important; } }`;

  let host, button, badge, frame, port, key, nonce, token;
  let open = false, ready = false, unread = 0, pageOverflow = "";

  const tell = (event, detail) => (listeners[event] || []).forEach((callback) => {
    try { callback(detail); } catch (error) { setTimeout(() => { throw error; }); }
  });

  function node(tag, attributes, parent, namespace) {
    const made = namespace ? document.createElementNS(namespace, tag) : document.createElement(tag);
    for (const name in attributes) made.setAttribute(name, attributes[name]);
    if (parent) parent.append(made);
    return made;
  }

  function name() {
    const label = open ? "Close chat" : "Open chat";
    button.setAttribute("aria-label", unread ? `${label}, ${unread} unread` : label);
    button.setAttribute("aria-expanded", open);
    badge.textContent = unread ? (unread > 9 ? "9+" : unread) : "";
  }

  function build() {
    host = node("hushdesk-chat", {});
    const root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    button = node("button", { type: "button", "aria-haspopup": "dialog" }, root);
    const svg = "http://www.w3.org/2000/svg";
    const icon = node("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button, svg);
    node("path", { d: "M4 6.5A3.5 3.5 0 0 1 7.5 3h9A3.5 3.5 0 0 1 20 6.5v7a3.5 3.5 0 0 1-3.5 3.5H12l-4.2 3.6c-.5.4-1.3.1-1.3-.6v-3.1A3.5 3.5 0 0 1 4 13.5z" }, icon, svg);
    node("path", { d: "M8 8.250h3.5" }, icon, svg);
    node("path", { d: "M8 11.750h8", "stroke-width": "3.5" }, icon, svg);
    badge = node("b", { "aria-hidden": "true" }, button);
    button.addEventListener("click", () => (open ? hide() : show()));
    name();
    document.body.append(host);
    return root;
  }

  /** Make the frame and hand it one end of a channel; the frame proves itself by repeating the nonce. */
  function load(root) {
    if (frame) return;
    nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    frame = node("iframe", {
      title: "Chat",
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads",
      // Passed on to the card on which a visitor proves who they are.
      allow: "clipboard-write; publickey-credentials-get; publickey-credentials-create",
      // The site's own policy may hide where the chat was opened; its origin alone is told, never its path.
      referrerpolicy: "origin",
      src: `${origin}/w/${encodeURIComponent(key)}/#${nonce}`,
    });
    frame.addEventListener("load", () => {
      if (port) port.close();
      ready = false;
      const channel = new MessageChannel();
      port = channel.port1;
      port.onmessage = (event) => heard(event.data);
      frame.contentWindow.postMessage({ hushdesk: "connect", nonce }, origin, [channel.port2]);
    });
    root.append(frame);
  }

  function heard(message) {
    if (!message || typeof message !== "object") return;
    if (message.type === "ready" && message.nonce === nonce) {
      ready = true;
      if (open) frame.focus();
      state();
      vouch();
      tell("ready");
    } else if (!ready) return;
    else if (message.type === "close") hide();
    else if (message.type === "identity") tell("identity", message.said);
    else if (message.type === "unread" && Number.isInteger(message.count) && message.count >= 0) {
      unread = message.count;
      name();
      tell("unread", unread);
    }
  }

  /** An address as far as its path: what follows may hold more than it should, and goes nowhere. */
  const bare = (address) => { try { const { origin, pathname } = new URL(address); return origin + pathname; } catch { return ""; } };

  const state = () => { if (ready) port.postMessage({ type: open ? "opened" : "closed", full: narrow.matches, page: bare(location.href), referrer: bare(document.referrer) }); };

  /** The token goes through our own channel to our own frame, and nowhere else. */
  const vouch = () => { if (ready && token) port.postMessage({ type: "identify", token }); };

  function identify(options) {
    if (!options || typeof options.token !== "string") return;
    token = options.token;
    vouch();
  }

  /** Fill small screens, follow the on-screen keyboard, keep the page behind from scrolling. */
  function fit() {
    if (!frame) return;
    const full = open && narrow.matches;
    frame.classList.toggle("open", open);
    frame.classList.toggle("full", narrow.matches);
    button.classList.toggle("covered", full);
    const view = window.visualViewport;
    frame.style.height = full && view ? `${view.height}px` : "";
    frame.style.top = full && view ? `${view.offsetTop}px` : "";
    document.documentElement.style.overflow = full ? "hidden" : pageOverflow;
  }

  let root;
  function boot(options) {
    identify(options);
    if (host) return;
    key = (options && options.key) || script.dataset.key;
    if (!key) return;
    if (!document.body) { addEventListener("DOMContentLoaded", () => boot(options), { once: true }); return; }
    pageOverflow = document.documentElement.style.overflow;
    root = build();
    const later = () => (window.requestIdleCallback || setTimeout)(() => host && load(root), { timeout: 4000 });
    if (navigator.connection && navigator.connection.saveData) return;
    if (document.readyState === "complete") later();
    else addEventListener("load", later, { once: true });
  }

  function show() {
    boot();
    if (!root || open) return;
    open = true;
    load(root);
    fit();
    name();
    // A frame that takes the focus before its document has come never hears a key: the browser goes on sending them here.
    if (ready) frame.focus();
    state();
    tell("open");
  }

  function hide() {
    if (!open) return;
    open = false;
    fit();
    name();
    state();
    button.focus();
    tell("close");
  }

  function shutdown() {
    if (!host) return;
    if (ready) port.postMessage({ type: "shutdown" });
    open = false;
    fit();
    const gone = host;
    gone.style.setProperty("display", "none", "important");
    setTimeout(() => gone.remove(), 1000);
    host = root = frame = port = token = undefined;
    ready = false;
    unread = 0;
  }

  const commands = {
    boot, show, hide, shutdown, identify,
    toggle: () => (open ? hide() : show()),
    on: (event, callback) => { (listeners[event] = listeners[event] || []).push(callback); },
  };
  window.Hushdesk = (command, ...rest) => Object.hasOwn(commands, command) && commands[command](...rest);
  narrow.addEventListener("change", fit);
  if (window.visualViewport) ["resize", "scroll"].forEach((event) => visualViewport.addEventListener(event, () => open && fit()));
  if (script.dataset.key) boot();
  for (const call of queued) window.Hushdesk(...call);
})();
