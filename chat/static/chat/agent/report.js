/** Reporting what masking got wrong: the page behind the link of a message, as a dialog. */
import { MessageList } from "../shared/messages.js";

/** A list whose messages lead to a report each. */
export class ReportableList extends MessageList {
  /** @param {string} address the conversation's; empty if this viewer may not report */
  constructor(list, options, address) {
    super(list, options);
    this.address = address;
  }

  /** Take an echo away again: what it said is back in the hands of its writer. */
  withdraw(client_id) {
    this.echoes.get(client_id)?.remove();
    this.echoes.delete(client_id);
    this.regroup();
  }

  place(message) {
    const element = super.place(message);
    const link = element?.querySelector("[data-slot=report]");
    if (link && this.address && message.author.kind !== "system") {
      link.href = `${this.address}messages/${message.sequence}/report/`;
      link.hidden = false;
    }
    return element;
  }
}

/** @param {HTMLDialogElement} dialog */
export function listenForReports(dialog) {
  const place = dialog.querySelector("[data-report-place]");

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-slot=report]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      htmx.ajax("GET", link.getAttribute("href"), { source: place, target: place });
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
