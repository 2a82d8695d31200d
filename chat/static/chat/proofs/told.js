/** What the card says: of a proof that is over, by its state, and of a step that was not done, by its error. */
export const ENDED = {
  proven: "You have proven who you are already.",
  declined: "You declined. The chat goes on as before.",
  expired: "This has run out. It can be asked again in the chat.",
  cancelled: "This was withdrawn. There is nothing to prove any more.",
  ended: "Your proof is over. The chat goes on as before.",
};
export const FAILED = {
  too_fast: "That was too often. Please wait some minutes, then try again.",
  unavailable: "It could not be looked at just now. Please try again in a moment.",
  not_sent: "The mail could not be sent just now. Please try again in a minute.",
  not_found: "This card is not there any more. Ask in the chat for a new one.",
  late: "That code has run out, or another was sent since. Send another one.",
  held: "A legal duty forbids to erase this for now. Ask in the chat what it is about.",
  wrong_app: "This is not the app’s present code. Wait for the next one and try again.",
  no_app: "No authenticator app is set up here.",
  app_there: "An authenticator app is set up already. Give it up first.",
  too_many: "There are several requests of yours already. They have to be answered first.",
  no_address: "No address is known any more. Tell it in the chat.",
  no_passkey: "There is no passkey of yours here any more.",
  passkeys_enough: "You have five passkeys already. Give them up first.",
  wrong_passkey: "This passkey could not be kept, or it took too long. Please try again.",
  copied: "This passkey was refused: it looks like a copy. Prove who you are in another way, then give your passkeys up.",
};
