/** A conversation that begins with a file. Fetched when one is to be sent. */
import { startConversation } from "../shared/socket.js";

const EVERY_MS = 2000;
const TRIES = 5;

/** Promises {conversation} once `thread` has one, begun under `id` if need be; or {error}, as the server names it. */
export async function begin(thread, id, every_ms = EVERY_MS) {
  for (let tries = 0; !thread.conversation && tries < TRIES; tries += 1) {
    // A text that is on its way begins one by itself. Asked for twice under the same id, it is the same.
    if (!thread.outbox.waiting().length) thread.socket.send(startConversation(id, thread.opening()));
    const error = await answered(thread, id, every_ms);
    if (error) return { error };
  }
  return thread.conversation ? { conversation: thread.conversation } : { error: "gone" };
}

/** Promises the code of a refusal; nothing once the conversation has begun, or after a while. */
function answered(thread, id, every_ms) {
  return new Promise((resolve) => {
    const over = (code) => {
      clearTimeout(timer);
      delete thread.hear;
      resolve(code);
    };
    const timer = setTimeout(over, every_ms);
    thread.hear = (event) => {
      Object.getPrototypeOf(thread).hear.call(thread, event);
      if (event.type === "error" && event.client_id === id) over(event.code);
      else if (thread.conversation) over();
    };
  });
}
