/** The workspace: one socket, the list on the left, the open conversation on the right. */
import { localiseTimes } from "../../core/js/localise.js";
import { openSession } from "../shared/protocol.js";
import { LiveSocket, socketAddress } from "../shared/socket.js";
import { Desk } from "./conversation.js";
import { Inbox } from "./inbox.js";
import { listenForKeys } from "./keys.js";
import { listenForReports } from "./report.js";
import { Toasts } from "./toasts.js";

const LOST_AFTER_MS = 1500;
const workspace = document.querySelector("[data-workspace]");
const toasts = new Toasts(document.querySelector("[data-toasts]"), document.querySelector("template[data-template=toast]"));
const inbox = new Inbox(workspace, { onStateChange: (id) => desk.refreshHeader(id) });

const socket = new LiveSocket({
  url: socketAddress(workspace.dataset.socketUrl),
  greet: async () => openSession([]),
  onEvent: (event) => {
    if (event.type === "session.opened") {
      inbox.refresh();
      desk.follow();
    }
    const changed = event.type === "conversations.changed" ? event.conversations : event.type === "conversation.changed" ? [event] : [];
    for (const { conversation, status } of changed) inbox.changed(conversation, status);
    if (event.type === "read.moved" && event.by === "team") inbox.read(event.conversation);
    if (event.type === "presence.changed") inbox.presence();
    desk.hear(event);
  },
  onState: (state) => {
    if (state === "lost") desk.lost();
    showConnection(state);
  },
});
const desk = new Desk(workspace, socket);

let lostTimer;
function showConnection(state) {
  const banner = workspace.querySelector("[data-part=banner]");
  const show = (text) => {
    banner.hidden = !text;
    banner.querySelector("[data-slot=text]").textContent = text;
  };
  if (state === "open") {
    clearTimeout(lostTimer);
    lostTimer = undefined;
    show("");
  } else if (state === "refused") show("You are signed out or no longer have access. Reload the page to sign in again.");
  else lostTimer ??= setTimeout(() => show("Connecting again… What you write is kept and goes out by itself."), LOST_AFTER_MS);
}

const isEarlier = (target) => target?.matches?.(".conversation__earlier");
document.addEventListener("htmx:before:swap", (event) => { if (isEarlier(event.detail.ctx.target)) desk.earlierComes(); });

/** A pane that htmx has just swapped in becomes the open conversation. */
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx.target;
  if (target?.id === "conversation") {
    desk.open();
    workspace.classList.add("has-conversation");
    inbox.mark(desk.id);
  } else if (isEarlier(target)) desk.earlierCame();
  else if (target?.id === "visitor") localiseTimes(target);
  else if (document.querySelector("#conversation-header")) desk.headerChanged();
  inbox.settle();
});

/** An answer that isn't a page's piece is told, never swapped in. */
document.addEventListener("htmx:before:response", (event) => {
  const { response, target, sourceElement } = event.detail.ctx;
  if (response.status < 400 && !response.raw.redirected) return;
  // A form that is shown again with what is wrong in it, or with what has changed.
  if ((response.status === 422 || response.status === 409) && target?.matches?.("[data-report-place]")) return;
  // The form with what is wrong in it.
  if (response.status === 422 && target?.id === "visitor") return;
  event.preventDefault();
  if (response.status === 404 && target?.matches?.(".row")) inbox.remove(target);
  else if (response.raw.redirected || response.status === 401) location.reload();
  else if (sourceElement?.dataset?.verb === "subject" && response.status === 503) toasts.show("We couldn’t check this text just now. Nothing was saved; press Enter in a moment to try again.");
  else if (!target?.matches?.(".row, #rows")) toasts.show(response.status === 403 ? "You may not do that." : "That didn’t work. Please try again.");
});
document.addEventListener("htmx:error", () => toasts.show("The server can’t be reached. Please try again in a moment."));

/** Resolving asks nothing beforehand, and can be taken back. */
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (sourceElement?.dataset?.verb === "resolve" && response.status < 400) {
    const { id, url } = desk;
    toasts.show("Conversation resolved.", { label: "Undo", action: () => desk.undoResolve(id, url) });
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const help = document.querySelector("[data-help]");
  if (event.target.closest("[data-opens-help]")) help.showModal();
  if (event.target.closest("[data-closes-dialog]") || event.target === help) help.close();
});

listenForReports(document.querySelector("[data-report]"));
listenForKeys({ inbox, desk, help: document.querySelector("[data-help]") });
document.addEventListener("visibilitychange", () => desk.look());
desk.open();
inbox.mark(desk.id);
inbox.settle();
socket.start();
