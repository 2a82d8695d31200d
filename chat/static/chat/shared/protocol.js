/** The frames of chat/protocol/schema.json. */

export const VERSION = 1;
export const MAX_TEXT_BYTES = 8192;
const encoder = new TextEncoder();

export const textBytes = (text) => encoder.encode(text).length;

export const frame = (type, fields) => ({ v: VERSION, type, ...fields });

export const openSession = (conversations, ticket) => frame("session.open", ticket ? { ticket, conversations } : { conversations });
export const startConversation = (client_id, opening = {}) => frame("conversation.start", { client_id, ...opening });
export const postMessage = ({ client_id, conversation, text, kind, insisted }) => frame("message.post", { client_id, conversation, text, kind, insisted });
export const resumeConversation = (conversation, after_sequence) => frame("conversation.resume", { conversation, after_sequence });
export const setTyping = (conversation, on) => frame("typing.set", { conversation, on });
export const markRead = (conversation, sequence, seen) => frame("read.mark", { conversation, sequence, seen });
export const giveConsent = (told) => frame("consent.give", told);
export const heartbeat = () => frame("heartbeat", {});

const isPosted = (event) => typeof event.text === "string" && Number.isInteger(event.sequence) && event.sequence > 0 && typeof event.author?.kind === "string";
const CHECKS = {
  "session.opened": (event) => Array.isArray(event.conversations),
  "message.acknowledged": (event) => typeof event.client_id === "string" && Number.isInteger(event.sequence),
  "message.posted": isPosted,
  "message.remasked": isPosted,
  "conversation.started": (event) => typeof event.conversation === "string",
  "conversation.resumed": (event) => Array.isArray(event.messages) && Number.isInteger(event.last_sequence),
  "conversations.changed": (event) => Array.isArray(event.conversations),
  heartbeat: (event) => Array.isArray(event.conversations ?? []),
  error: (event) => typeof event.code === "string",
};

/** The event in a frame, or null. Unknown types pass: a newer server may send them. */
export function parseEvent(data) {
  let event;
  try {
    event = JSON.parse(data);
  } catch {
    return null;
  }
  if (event?.v !== VERSION || typeof event.type !== "string") return null;
  return (CHECKS[event.type]?.(event) ?? true) ? event : null;
}

/** A UUIDv7 (RFC 9562, section 5.7). */
export function uuid7(now = Date.now(), random = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = random(new Uint8Array(16));
  for (let place = 0; place < 6; place += 1) bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
