/**
 * The key by which this browser is known. It is made so that no script can read it, and kept in IndexedDB, one for each
 * person who signs in here. A copied cookie comes without it.
 */

const STORE = "keys";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const PREFIX = "hushdesk device proof v1|";

/** What came of a proof. */
export const TAKEN = "taken";
export const NO_KEY = "no key";
export const CARRIED = "carried";
export const FAILED = "failed";

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function store(mode, work) {
  const opening = indexedDB.open("hushdesk-device", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await asked(opening);
  try {
    return await asked(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** This browser's key of a person; two tabs that make one at once end up with the same. */
export async function keyOf(person, { make = false } = {}) {
  const kept = await store("readonly", (keys) => keys.get(person));
  if (kept || !make) return kept;
  const made = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  await store("readwrite", (keys) => keys.add(made, person)).catch(() => {});
  return store("readonly", (keys) => keys.get(person));
}

export function base64url(buffer) {
  const letters = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return letters.replaceAll("+", "-").replaceAll("/", "_");
}

/** What the server takes as proof: the challenge, the public point, and the signature. */
export async function answer(pair, challenge) {
  const point = await crypto.subtle.exportKey("raw", pair.publicKey);
  const signature = await crypto.subtle.sign(SIGNING, pair.privateKey, new TextEncoder().encode(PREFIX + challenge));
  return { challenge, key: base64url(point), signature: base64url(signature) };
}

/** The proof under way, so that one page gives one at a time. */
let underWay = null;

/**
 * Show that this browser holds its key, where the page asks for it; else nothing is done. Two tabs at once each get a
 * challenge of their own.
 *
 * @param {{make?: boolean}} options `make`: make a key where there is none yet
 */
export function proveDevice({ make = false, place = document.querySelector("[data-device]"), fetch = globalThis.fetch.bind(globalThis) } = {}) {
  if (!place) return Promise.resolve(TAKEN);
  underWay ??= prove(place, make, fetch).catch(() => FAILED).finally(() => { underWay = null; });
  return underWay;
}

async function prove(place, make, fetch) {
  const { person, challengeUrl, proofUrl } = place.dataset;
  const pair = await keyOf(person, { make });
  if (!pair) return NO_KEY;
  const headers = { "X-CSRFToken": place.querySelector("[name=csrfmiddlewaretoken]").value };
  const asking = await fetch(challengeUrl, { method: "POST", headers, cache: "no-store", redirect: "manual" });
  if (!asking.ok) return FAILED;
  const { challenge } = await asking.json();
  const body = new URLSearchParams(await answer(pair, challenge));
  const { status } = await fetch(proofUrl, { method: "POST", headers, body, cache: "no-store", redirect: "manual" });
  if (status === 409) return CARRIED;
  return status === 204 ? TAKEN : FAILED;
}
