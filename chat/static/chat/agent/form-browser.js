/** Prepares this browser for secure forms: the public half of its key goes into the form, the private one stays. */
import { inWords } from "../forms/sealing.js";
import { listenToVault } from "./vault-line.js";

const frame = document.querySelector("[data-vault-frame]");
const form = document.querySelector("[data-prepares]");
const told = document.querySelector("[data-key-told]");
const enrolled = new Set(frame.dataset.enrolled.split(" "));

listenToVault(frame, {
  key: ({ point, fingerprint }) => {
    const isKnown = enrolled.has(fingerprint);
    told.textContent = isKnown ? `This browser is prepared. Its key: ${inWords(fingerprint)}` : `This browser’s key: ${inWords(fingerprint)}`;
    form.elements.point.value = point;
    form.hidden = isKnown;
  },
  unable: () => { told.textContent = "This browser can’t keep a key for secure forms: it is too old, or keeps nothing for other sites."; },
});
