/** Words for what masking hid, and the pieces of a text around it. Pure. */

/** The twin of HIDDEN_NAMES in chat/templatetags/transcript.py. */
export const HIDDEN_NAMES = {
  CARD: "a card number",
  CVV: "a card security code",
  PIN: "a PIN",
  TRACK: "card stripe data",
  EXPIRY: "a card expiry date",
  IBAN: "a bank account number",
  BANKACCT: "a bank account number",
  SSN: "a social security number",
  ITIN: "a tax number",
  EIN: "a tax number",
  SIN: "a social insurance number",
  NHS: "a health service number",
  NINO: "a national insurance number",
  PASSPORT: "a passport number",
  DRIVERLICENSE: "a driving licence number",
  MRN: "a medical record number",
  HEALTHPLAN: "a health plan number",
  DOB: "a date of birth",
  PHONE: "a phone number",
  EMAIL: "an e-mail address",
  ADDRESS: "an address",
  NAME: "a name",
  IP: "an IP address",
  SECRET: "a password or key",
};
const OTHERWISE = "a private detail";

export const hiddenName = (entity) => (Object.hasOwn(HIDDEN_NAMES, entity) ? HIDDEN_NAMES[entity] : OTHERWISE);

/** "a card number and an e-mail address" */
export function hiddenList(findings) {
  const names = [...new Set(findings.map((finding) => hiddenName(finding.entity)))];
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");
}

export function hiddenSentence(findings) {
  return findings.length ? `We hid ${hiddenList(findings)} before it was stored.` : "";
}

/** Cut `text` at its findings, by code points: [{text, hidden}], `hidden` "" for plain stretches. */
export function segments(text, findings) {
  const points = [...text];
  const cut = [];
  let done = 0;
  for (const { entity, start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start < done || start >= end || end > points.length) continue;
    if (start > done) cut.push({ text: points.slice(done, start).join(""), hidden: "" });
    cut.push({ text: points.slice(start, end).join("").replace(/^\[|\]$/gu, ""), hidden: hiddenName(entity) });
    done = end;
  }
  if (done < points.length) cut.push({ text: points.slice(done).join(""), hidden: "" });
  return cut;
}
