/** Reporting what masking got wrong: the page behind the link of a message, as a dialog. */

/** @param {HTMLDialogElement} dialog */
export function listenForReports(dialog) {
  const place = dialog.querySelector("[data-report-place]");

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-slot=report]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      htmx.ajax("GET", link.getAttribute("href"), { source: place, target: place, swap: "innerHTML" });
    } else if (event.target === dialog || event.target.closest?.("[data-closes-report]")) dialog.close();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target !== place) return;
    if (!dialog.open) dialog.showModal();
    (place.querySelector("[autofocus]") ?? place.querySelector("input:checked, button, a"))?.focus();
  });

  // Pointing at something says which of the two is meant.
  place.addEventListener("change", ({ target }) => {
    const kind = { words: "miss", hidden: "false_alarm" }[target.name];
    if (kind) place.querySelector(`input[name=kind][value=${kind}]`).checked = true;
  });

  // What was opened for a report does not stay behind it.
  dialog.addEventListener("close", () => place.replaceChildren());
}
