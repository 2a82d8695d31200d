/** Passkeys as bytes in the browser and as JSON on the way (W3C Web Authentication Level 3). Pure. */

/** Bytes of base64url text. */
export function fromBase64url(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

/** Base64url text of bytes, without padding. */
export function toBase64url(buffer) {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const withBytes = (credential) => ({ ...credential, id: fromBase64url(credential.id) });

/** What the server sent, as the browser takes it. */
export function readOptions(options) {
  const read = { ...options, challenge: fromBase64url(options.challenge) };
  if (options.user) read.user = withBytes(options.user);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) read[list] = options[list].map(withBytes);
  }
  return read;
}

/** A credential as the server takes it. */
export function writeCredential(credential) {
  const { response } = credential;
  const bytes = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) bytes[part] = toBase64url(response[part]);
  }
  if (response.getTransports) bytes.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    response: bytes,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
