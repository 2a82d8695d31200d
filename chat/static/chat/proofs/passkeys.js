/** A visitor's passkeys, asked of the browser for this page's own host. Nothing is kept here. */
import { readOptions, writeCredential } from "../../tenants/webauthn.js";

/** Whether this browser has passkeys at this address at all. */
export const canAsk = globalThis.PublicKeyCredential !== undefined;

/** Whether the pages around this one are known not to let it: where browsers don't tell, it is tried. */
export const mayNot = (feature) => document.featurePolicy?.allowsFeature(feature) === false;

export async function createPasskey(options) {
  return writeCredential(await navigator.credentials.create({ publicKey: readOptions(options) }));
}

export async function getPasskey(options) {
  return writeCredential(await navigator.credentials.get({ publicKey: readOptions(options) }));
}

/** Why a browser did not ask a passkey, in words. */
export function whyNot({ name }) {
  if (name === "InvalidStateError") return "This device has a passkey for this chat already.";
  if (name === "NotAllowedError" || name === "AbortError") return "That was cancelled, took too long, or is not possible here. Nothing was changed.";
  return "Passkeys are not possible here. Use another way.";
}
