/** The chat inside the frame: joins session, socket, thread and screen. */
import { Composer } from "../shared/composer.js";
import { LiveSocket, Outbox, giveConsent, openSession, reconnectDelay, setTyping, socketAddress } from "../shared/socket.js";
import { Thread } from "../shared/thread.js";
import { Notice, Screen } from "./screen.js";
import { VisitorSession, gpc, tabStorage } from "./session.js";

const chat = document.querySelector("[data-chat]");
const session = new VisitorSession(chat.dataset.sessionUrl);
const outbox = new Outbox(chat.dataset.outbox === "tab" ? tabStorage : null);
let isOpen = false, isBehind, bridge, card, identity, questions;

const screen = new Screen(chat, {
  onRetry: (client_id) => thread.retry(client_id),
  onRestart: restart,
  onClose: leave,
  onTop: () => thread.earlier(),
  onPrivacy: async () => {
    const { Card } = await import("./card.js");
    card ??= new Card(chat, { send: (frame) => socket.send(frame), of: () => thread.conversation, onAgain: ask, opens });
    card.open();
  },
});
screen.unread = (count) => bridge?.unread(count);

const socket = new LiveSocket({
  url: socketAddress(chat.dataset.socketUrl),
  greet: async (ticket) => {
    // Many come back at once.
    if (isBehind = ticket && thread.conversation) return openSession(thread.position(), ticket);
    const answer = await session.open();
    told(answer);
    if (answer.conversation && !thread.conversation && answer.conversation.id !== ended) adopt(answer.conversation);
    return openSession(thread.position(), answer.ticket);
  },
  onEvent: (event) => {
    if (event.conversation === thread.conversation) {
      if (event.type === "typing.changed") screen.typing(event.on, event.author.name);
      if (event.type === "conversation.changed") {
        screen.ending(event.status);
        session.open().then(pinned, () => {});
      }
    }
    if (event.type === "session.opened") keep();
    card?.hear(event);
    // Said again it could undo what another tab withdrew.
    if (/recorded|started/.test(event.type)) notice.receipt = null;
    if (event.team) screen.team(event.team);
    if (away || event.status || /started/.test(event.type) || /away|offline/.test(event.team)) attend(event);
    thread.hear(event);
  },
  onState: (state) => {
    if (state === "lost") thread.lost();
    if (state === "open" && isBehind) setTimeout(ask, 1000 + reconnectDelay(8));
    screen.connection(state);
  },
  patient: true,
});

function told(answer) {
  pinned(answer);
  notice.take(answer.notice);
  if (answer.unknown) identify();
}

const ask = () => session.open().then(told, () => {});

/** What waits to be filled in: a frame of an origin of its own. */
const pin = chat.querySelector("iframe");
function pinned({ form, files }) {
  attach({ target: chat }, files);
  if (form && form.id !== pin.name) [pin.name, pin.src] = [form.id, form.url];
  pin.hidden = !form;
}
async function opens(what) {
  pinned(await session.open(what));
  screen.closePanel();
  pin.focus();
}
// It is large while it is worked in.
window.onblur = window.onfocus = () => pin.classList.toggle("is-on", document.activeElement === pin);

/** Files that are picked, pasted or dropped, and those there are. */
async function attach(event, list) {
  const given = [...(event.clipboardData ?? event.dataTransfer ?? event.target).files ?? []];
  if (given.length) event.preventDefault();
  if (given.length || list?.length) (await import("./files.js")).take(chat, session, given, list);
}
session.begin = async (id) => (await import("./first.js")).begin(thread, id);
chat.onchange = chat.onpaste = chat.ondrop = attach;
chat.ondragover = (event) => event.preventDefault();

const notice = new Notice(chat, () => {
  for (const { opening } of outbox.waiting()) if (opening) opening.consent = notice.receipt;
  keep();
  thread.flush();
  if (document.hasFocus()) focus();
});
/** Who waits, finds nobody or is done. */
let away;
async function attend(event) {
  away ??= load();
  (await away).hear(event);
}
async function load() {
  const { Away } = await import("./away.js");
  return new Away(chat, socket, screen, () => thread);
}
/** The resolved conversation left behind: a reconnect must not bring it back. */
let where = {}, ended = null;
let thread = newThread();

const composer = new Composer(screen.form, {
  onSend: (text) => {
    session.markActive();
    socket.start();
    thread.post(text);
  },
  onOffer: async (typed) => {
    await opens("/form");
    pin.onload = () => pin.contentWindow.postMessage({ typed }, new URL(pin.src).origin);
  },
  onTyping: (on) => { if (thread.conversation) socket.send(setTyping(thread.conversation, on)); },
});

const focus = () => (notice.isAsking ? notice : questions?.isAsking ? questions : composer).focus();

bridge = listen({
  opened: (full, place) => {
    isOpen = true;
    if (!gpc) where = place;
    socket.start();
    screen.opened(full);
    look();
    focus();
    // A frame takes focus only once it is drawn.
    requestAnimationFrame(() => { if (document.activeElement === document.body) focus(); });
  },
  closed: () => {
    isOpen = false;
    look();
  },
  identify,
  shutdown: () => {
    socket.stop();
    thread.stop();
    outbox.clear();
    session.forget();
    screen.clear();
  },
});

function newThread() {
  return new Thread({ socket, outbox, view: screen, onRefused: refused, opening: () => ({ ...where, answers: questions?.answers, consent: notice.receipt }) });
}

function adopt({ id, status, last_sequence, asks, reachable }) {
  thread.begin(id, last_sequence);
  thread.isReachable = reachable;
  if (asks) attend({ conversation: id, status });
  screen.begins(!thread.first);
  questions?.dismiss();
  session.markActive();
  screen.ending(status);
}

/** For whom the page vouches. */
async function identify(given) {
  const { Identity } = await import("./identity.js");
  identity ??= new Identity({ chat, session, socket, bridge, outbox });
  identity.take(given);
}

/** Say what was answered. */
function keep() {
  if (notice.receipt && thread.conversation) socket.send(giveConsent(notice.receipt));
}

function leave() {
  isOpen = !bridge.isFramed;
  look();
  bridge.tell("close");
}

/** What a person sees counts as read. */
function look() {
  thread.look(isOpen && !document.hidden);
}

function refused(code, item) {
  if (code === "resolved" || code === "blocked") {
    screen.ending(code);
    if (code === "blocked") outbox.clear();
    else if (item) outbox.remove(item.client_id);
  } else if (code === "too_fast") screen.slowed();
  else if (code === "identity_required") identify();
  // One process may know a new text before another.
  else if (code === "consent_required") setTimeout(ask, notice.receipt ? 1000 : 0);
}

/** What couldn't be sent in the resolved conversation waits in the box. */
function restart() {
  const unsent = screen.unsentText();
  ended = thread.conversation;
  thread.stop();
  thread = newThread();
  screen.clear();
  screen.ending();
  look();
  composer.text = unsent;
  composer.focus();
}

/** The line to the loader, which knows our nonce: open, close, an unread count, page, token. */
function listen(handlers) {
  const nonce = location.hash.slice(1);
  let port, told = 0;
  const tell = (type, more) => port?.postMessage({ type, ...more });
  const hear = {
    ...handlers,
    opened: ({ full, page, referrer }) => handlers.opened(full === true, { page: address(page), referrer: address(referrer) }),
  };
  addEventListener("message", (event) => {
    if (port || event.source !== parent || event.origin !== parentOrigin(event.origin)) return;
    if (event.data?.hushdesk !== "connect" || event.data.nonce !== nonce || !nonce || !event.ports[0]) return;
    port = event.ports[0];
    port.onmessage = ({ data }) => { if (Object.hasOwn(hear, data?.type)) hear[data.type](data); };
    tell("ready", { nonce });
  });
  return {
    tell,
    unread: (count) => {
      if (count !== told) tell("unread", { count });
      if (port) told = count;
    },
    isFramed: parent !== window,
  };
}

const address = (value) => (typeof value === "string" && value.length <= 2048 ? value : "");

/** The origin above us as the browser vouches for it; `claimed` where it does not tell. */
function parentOrigin(claimed) {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0];
  return document.referrer ? new URL(document.referrer).origin : claimed;
}

for (const item of outbox.waiting()) screen.echo(item);
document.addEventListener("visibilitychange", look);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !screen.closePanel()) leave();
});
if (session.wasActive || outbox.waiting().length || !bridge.isFramed) {
  isOpen = !bridge.isFramed;
  look();
  socket.start();
}
const asked = chat.querySelector("[data-part=questions]");
if (asked) {
  const { Questions } = await import("./questions.js");
  if (!thread.conversation && !outbox.waiting().length) questions = new Questions(chat, asked, { onDone: () => composer.focus() });
  if (isOpen) focus();
}
