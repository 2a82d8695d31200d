/** Asking for a secure form: the dialog, its preview, and the key of this browser for which the visitor will seal. */
import { asSent, listenToVault } from "./vault-line.js";

/** @param {HTMLDialogElement} dialog */
export function listenForForms(dialog) {
  const place = dialog.querySelector("[data-forms-place]");
  let line = null;

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens-forms]");
    if (opener) {
      event.preventDefault();
      openForms(opener.dataset.opensForms, opener.dataset.form);
    } else if (event.target === dialog || event.target.closest?.("[data-closes-forms]")) dialog.close();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target !== place) return;
    if (!dialog.open) dialog.showModal();
    line?.end();
    prepare();
    (place.querySelector("[autofocus]") ?? place.querySelector("input:checked, button"))?.focus();
  });

  // The preview follows the choice.
  place.addEventListener("change", ({ target }) => { if (target.name === "template") preview(target.value); });

  dialog.addEventListener("close", () => {
    line?.end();
    line = null;
    place.replaceChildren();
  });

  function preview(chosen) {
    for (const each of place.querySelectorAll("[data-preview]")) each.hidden = each.dataset.preview !== chosen;
    state();
  }

  /** What this browser's key is known to be; what goes to the organisation's own system asks for none. */
  let known = "wait";
  function state(now = known) {
    known = now;
    const shown = place.querySelector("input[name=template]:checked")?.matches("[data-keyless]") ? "ready" : known;
    for (const each of place.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== shown;
  }

  /** The button is there once this browser's key is known to be one that counts. */
  function prepare() {
    const frame = place.querySelector("[data-vault-frame]");
    if (!frame) return;
    const enrolled = new Set(frame.dataset.enrolled.split(" "));
    state("wait");
    line = listenToVault(frame, {
      key: ({ fingerprint }) => {
        place.querySelector("input[name=key]").value = asSent(fingerprint);
        state(enrolled.has(fingerprint) ? "ready" : "unprepared");
      },
      unable: () => state("unable"),
    });
  }

  function openForms(url, form = "") {
    htmx.ajax("GET", url + (form ? `?template=${encodeURIComponent(form)}` : ""), { source: place, target: place });
  }

  return openForms;
}
