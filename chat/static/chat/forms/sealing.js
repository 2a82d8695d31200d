/**
 * Sealing for one recipient, and opening: ephemeral ECDH over P-256, HKDF-SHA-256 (RFC 5869), AES-256-GCM. In effect
 * the base mode of HPKE (RFC 9180). The plain text is padded, so that its length tells little.
 */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const INFO = "hushdesk secure form v1|";
export const BLOCK_BYTES = 512;
export const MAX_BLOCKS = 8;
const HEAD_BYTES = 4;
const text = new TextEncoder();

/** Whether this browser can seal; without, nothing may be sent in its place. */
export const canSeal = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle);

export class TooLongError extends Error {}

export function encoded(bytes) {
  const letters = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decoded(letters) {
  const binary = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** What an answer is bound to: moved to another request, agent or key it does not open. */
export const boundTo = ({ tenant, form, request, agent, key }) => text.encode(["v1", tenant, form, request, agent, key].join("|"));

/** A key whose private half no script can read. */
export const newPair = () => crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);

export const pointOf = async (pair) => new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));

export async function fingerprintOf(point) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", point));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As people compare it: eight groups of four. */
export const inWords = (fingerprint) => fingerprint.slice(0, 32).match(/.{4}/g).join(" ");

export const importPoint = (point) => crypto.subtle.importKey("raw", point, CURVE, false, []);

/** Seal values for a recipient's point. @returns {Promise<{v: 1, epk: string, salt: string, iv: string, ct: string}>} */
export async function seal(values, facts, point) {
  const pair = await newPair();
  const epk = await pointOf(pair);
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await agreed(pair.privateKey, await importPoint(point), { salt, epk, apk: point, use: "encrypt" });
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: boundTo(facts) }, key, padded(values));
  return { v: 1, epk: encoded(epk), salt: encoded(salt), iv: encoded(iv), ct: encoded(ct) };
}

/** Open what was sealed for a pair. Rejects where it was sealed for something else. */
export async function open(sealed, facts, pair) {
  const [epk, salt, iv, ct] = [sealed.epk, sealed.salt, sealed.iv, sealed.ct].map(decoded);
  const apk = await pointOf(pair);
  const key = await agreed(pair.privateKey, await importPoint(epk), { salt, epk, apk, use: "decrypt" });
  return unpadded(new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: boundTo(facts) }, key, ct)));
}

async function agreed(privateKey, publicKey, { salt, epk, apk, use }) {
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const seed = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = new Uint8Array([...text.encode(INFO), ...epk, ...apk]);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info }, seed, { name: "AES-GCM", length: 256 }, false, [use]);
}

/** The length, the values as JSON, and zeros up to a whole number of blocks. */
function padded(values) {
  const body = text.encode(JSON.stringify(values));
  const blocks = Math.ceil((HEAD_BYTES + body.length) / BLOCK_BYTES);
  if (blocks > MAX_BLOCKS) throw new TooLongError();
  const whole = new Uint8Array(blocks * BLOCK_BYTES);
  new DataView(whole.buffer).setUint32(0, body.length);
  whole.set(body, HEAD_BYTES);
  return whole;
}

function unpadded(whole) {
  const length = new DataView(whole.buffer, whole.byteOffset).getUint32(0);
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(whole.subarray(HEAD_BYTES, HEAD_BYTES + length)));
}
