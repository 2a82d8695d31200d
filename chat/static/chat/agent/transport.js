/** WebSockets, or HTTP where they don't get through; from there, a look now and then whether they do. */
import { PolledSocket } from "./polling.js";

const TRIES = 2;
const LOOK_MS = 60_000;
const TRY_AGAIN = 1012;

/**
 * @param {object} parts
 * @param {string} parts.framesUrl takes a frame over HTTP
 * @returns a stand-in for the class WebSocket
 */
export function socketOrPolling({ framesUrl, token, SocketClass = WebSocket, PolledClass = PolledSocket, look_ms = LOOK_MS }) {
  let failures = 0;

  /** One that ends before anything came counts as blocked, unless the server itself has ended it. */
  function direct(url) {
    const socket = new SocketClass(url);
    failures += 1;
    socket.addEventListener("message", () => { failures = 0; }, { once: true });
    socket.addEventListener("close", ({ code }) => { if (code >= 4000) failures = 0; });
    return socket;
  }

  function polled(url) {
    // If HTTP does not get through either, it is the server or the network: both are tried in turn.
    const socket = new PolledClass(framesUrl, { token, onLost: () => { failures = 0; } });
    const look = () => {
      if (socket.isClosed) return;
      const probe = new SocketClass(url);
      probe.addEventListener("open", () => { failures = 0; probe.close(); socket.close(TRY_AGAIN); });
    };
    const timer = setInterval(() => (socket.isClosed ? clearInterval(timer) : look()), look_ms);
    return socket;
  }

  return function Transport(url) {
    return failures < TRIES ? direct(url) : polled(url);
  };
}
