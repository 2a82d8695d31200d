/** The workspace: one connection, the list on the left, the open conversation on the right. */
import { localiseTimes } from "../../core/js/localise.js";
import { LiveSocket, socketAddress } from "../shared/socket.js";
import { Desk } from "./desk.js";
import { listenForForms } from "./forms.js";
import { Inbox } from "./inbox.js";
import { listenForKeys } from "./keys.js";
import { showNewest } from "./newest.js";
import { listenForReports } from "./report.js";
import { proveDevice } from "../../tenants/device.js";
import { TabSocket } from "./tabs.js";
import { Toasts } from "./toasts.js";
import { socketOrPolling } from "./transport.js";

const LOST_AFTER_MS = 1500;
const SIGNED_OUT_WITHIN_MS = [200, 800, 4000];
const workspace = document.querySelector("[data-workspace]");
const { socketUrl, framesUrl, inboxUrl, member } = workspace.dataset;
const toasts = new Toasts(document.querySelector("[data-toasts]"), document.querySelector("template[data-template=toast]"));
const inbox = new Inbox(workspace, { onStateChange: (id) => desk.refreshHeader(id) });

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
const WebSocketClass = socketOrPolling({ framesUrl, token });
const socket = new TabSocket({
  name: `hushdesk.workspace.${member}`,
  // Shown anew before each connection, that this browser holds its key, where the organisation asks for that.
  connect: (handlers) => new LiveSocket({ url: socketAddress(socketUrl), WebSocketClass, ...handlers, greet: async () => { await proveDevice(); return handlers.greet(); } }),
  positions: () => desk.positions(),
  onEvent: hear,
  onState: (state) => {
    if (state === "lost") desk.lost();
    if (state === "refused" || state === "ended") leaveIfSignedOut();
    showConnection(state);
  },
});
const desk = new Desk(workspace, socket, { onNews: (id, message, unread) => inbox.heard(id, message, unread) });

let wasOpen = false;
function hear(event) {
  if (event.type === "session.opened") {
    // A page that was drawn just now has more urgent things to do.
    if (wasOpen) inbox.refresh();
    else inbox.look();
    wasOpen = true;
  }
  // Over HTTP nothing is told by itself.
  if (event.polled) inbox.look();
  const changed = event.type === "conversations.changed" ? event.conversations : event.type === "conversation.changed" ? [event] : [];
  for (const { conversation, status, said } of changed) {
    inbox.changed(conversation, status, desk.rooms.has(conversation), said);
    if (!said) desk.changed(conversation);
  }
  if (event.type === "read.moved" && event.by === "team" && !desk.rooms.has(event.conversation)) inbox.read(event.conversation);
  if (event.type === "presence.changed" || event.type === "teams.changed") inbox.look();
  desk.hear(event);
}

addEventListener("hushdesk:unlocked", () => socket.wake());

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
  } else if (state === "refused" || state === "ended") show("You are signed out or no longer have access. Reload the page to sign in again.");
  else lostTimer ??= setTimeout(() => show("Connecting again… What you write is kept and goes out by itself."), LOST_AFTER_MS);
}

/** Nothing of a conversation stays on the screen of somebody who is signed out. Another tab may be about to do that. */
async function leaveIfSignedOut() {
  for (const wait_ms of SIGNED_OUT_WITHIN_MS) {
    await new Promise((resume) => { setTimeout(resume, wait_ms); });
    const answer = await fetch(inboxUrl, { redirect: "manual", cache: "no-store" }).catch(() => ({ ok: true }));
    if (answer.ok) continue;
    desk.unsent.clear();
    desk.clear();
    location.reload();
    return;
  }
}

const isEarlier = (target) => target?.matches?.(".conversation__earlier");

/** A conversation that is open already needs no request. */
document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement } = event.detail.ctx;
  const id = sourceElement?.closest?.(".row__link") && sourceElement.closest(".row").dataset.row;
  if (!id || !desk.show(id)) return;
  event.preventDefault();
  if (!history.state?.htmx) history.replaceState({ htmx: true }, "", location.href);
  history.pushState({ htmx: true }, "", sourceElement.getAttribute("href"));
  inbox.settle(desk.id);
});

document.addEventListener("htmx:before:history:restore", (event) => {
  const id = desk.idAt(event.detail.path);
  if (!id || !desk.show(id)) return;
  event.preventDefault();
  inbox.settle(desk.id);
});

document.addEventListener("htmx:before:swap", (event) => {
  const { target } = event.detail.ctx;
  if (isEarlier(target)) desk.room.earlierComes();
  else if (target?.id === "conversation") desk.stow();
});

/** A pane that htmx has just swapped in becomes the open conversation. */
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail.ctx.target;
  if (target?.id === "conversation") desk.open();
  else if (isEarlier(target)) desk.room?.earlierCame();
  else if (target?.id === "visitor") localiseTimes(target);
  else desk.room?.headerChanged();
  inbox.settle(desk.id);
});

/** An answer that isn't a page's piece is told, never swapped in. */
document.addEventListener("htmx:before:response", (event) => {
  const { response, target, sourceElement } = event.detail.ctx;
  if (response.status < 400 && !response.raw.redirected) return;
  // A form that is shown again with what is wrong in it, or with what has changed.
  if ((response.status === 422 || response.status === 409) && target?.matches?.("[data-report-place], [data-forms-place]")) return;
  // The form with what is wrong in it.
  if (response.status === 422 && target?.id === "visitor") return;
  event.preventDefault();
  if (response.status === 404 && target?.matches?.(".row")) inbox.remove(target);
  else if (response.status === 404 && target?.id === "conversation-header") {
    desk.forget();
    toasts.show("This conversation was erased.");
  } else if (response.raw.redirected || response.status === 401) location.reload();
  else if (sourceElement?.dataset?.verb === "subject" && response.status === 503) toasts.show("We couldn’t check this text just now. Nothing was saved; press Enter in a moment to try again.");
  else if (!target?.matches?.(".row, #rows")) toasts.show(response.status === 403 ? "You may not do that." : "That didn’t work. Please try again.");
});
/** What nobody has asked for just now is fetched again by itself; the banner says that there is no connection. */
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.sourceElement?.matches?.(".row, #rows, #conversation-header")) toasts.show("The server can’t be reached. Please try again in a moment.");
});

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
  // Back to the list that is still there, unless another was asked for.
  const back = event.target.closest(".head__back");
  if (back && !event.ctrlKey && !event.metaKey && new URL(back.href).searchParams.get("queue") === workspace.dataset.queue) {
    event.preventDefault();
    history.pushState({ htmx: true }, "", back.href);
    desk.clear();
    inbox.settle();
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") !== "/sign-out/") return;
  desk.unsent.clear();
  socket.end();
});

// On a narrow screen the queues stand in a row that is longer than the screen.
document.querySelector(".rail__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
showNewest("#conversation-header");
listenForForms(document.querySelector("[data-forms]"));
listenForReports(document.querySelector("[data-report]"));
listenForKeys({ inbox, desk, help: document.querySelector("[data-help]") });
document.addEventListener("visibilitychange", () => desk.look());
addEventListener("pagehide", () => desk.room?.keepDraft());
desk.open();
inbox.settle(desk.id);
socket.start();
