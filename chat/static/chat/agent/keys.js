/** Single-key shortcuts. They can be switched off (WCAG 2.2, 2.1.4), and never fire while one types. */

const OFF_KEY = "hushdesk.single-keys-off";
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Whether a key press is meant as a shortcut. Pure. */
export function isShortcut(event, { isOff, isModal }) {
  if (isOff || isModal || event.defaultPrevented || event.isComposing || event.repeat && !"jk".includes(event.key)) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !event.target.closest?.(TYPING);
}

/**
 * @param {object} parts
 * @param {import("./inbox.js").Inbox} parts.inbox
 * @param {import("./desk.js").Desk} parts.desk
 * @param {HTMLDialogElement} parts.help
 */
export function listenForKeys({ inbox, desk, help }) {
  const box = help.querySelector("[data-single-keys]");
  box.checked = !localStorage.getItem(OFF_KEY);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF_KEY) : localStorage.setItem(OFF_KEY, "1")));

  const actions = {
    j: () => inbox.move(1),
    k: () => inbox.move(-1),
    e: () => desk.act("resolve", "reopen"),
    a: () => desk.act("take"),
    r: () => desk.room?.write("public"),
    n: () => desk.room?.write("note"),
    "/": () => inbox.filter.focus(),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return leave(event, inbox);
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (!action || !isShortcut(event, { isOff: !box.checked, isModal: document.querySelector("dialog[open]") !== null })) return;
    event.preventDefault();
    action();
  });
}

/** Escape closes what is open, then leads from a text box back to the list. */
function leave(event, inbox) {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (!event.isComposing && event.target.matches?.("textarea, [data-filter]")) {
    if (event.target === inbox.filter && inbox.filter.value) return;
    inbox.focus();
  }
}
