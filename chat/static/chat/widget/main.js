/** The chat inside the frame: joins session, socket, thread and screen. */
import { Composer } from "../shared/composer.js";
import { LiveSocket, Outbox, giveConsent, openSession, setTyping, socketAddress } from "../shared/socket.js";
import { Thread } from "../shared/thread.js";
import { Notice, Questions, Screen } from "./screen.js";
import { VisitorSession, gpc, listen, tabStorage } from "./session.js";

const chat = document.querySelector("[data-chat]");
const session = new VisitorSession(chat.dataset.sessionUrl);
const outbox = new Outbox(chat.dataset.outbox === "tab" ? tabStorage : null);
let isOpen = false;
let bridge = null, card;

const screen = new Screen(chat, {
  onRetry: (client_id) => thread.retry(client_id),
  onRestart: restart,
  onClose: leave,
  onTop: () => thread.earlier(),
  onPrivacy: async () => {
    const { Card } = await import("./card.js");
    card ??= new Card(chat, { send: (frame) => socket.send(frame), onAgain: ask, opens });
    card.open(thread.conversation);
  },
});
screen.unread = (count) => bridge?.unread(count);

const socket = new LiveSocket({
  url: socketAddress(chat.dataset.socketUrl),
  greet: async () => {
    const answer = await session.open();
    pinned(answer);
    notice.take(answer.notice);
    if (answer.conversation && !thread.conversation && answer.conversation.id !== ended) adopt(answer.conversation);
    return openSession(thread.position(), answer.ticket);
  },
  onEvent: (event) => {
    if (event.type === "typing.changed" && event.conversation === thread.conversation) screen.typing(event.on, event.author?.name ?? event.name);
    if (event.type === "conversation.changed" && event.conversation === thread.conversation) {
      setStatus(event.status);
      session.open().then(pinned, () => {});
    }
    if (event.type === "session.opened") keep();
    card?.hear(event);
    // Said again it could undo what another tab withdrew.
    if (/recorded|started/.test(event.type)) notice.receipt = null;
    if (event.team) screen.team(event.team);
    thread.hear(event);
  },
  onState: (state) => {
    if (state === "lost") thread.lost();
    screen.connection(state);
  },
});

/** What waits to be filled in: a frame of an origin of its own. */
const pin = chat.querySelector("iframe");
function pinned({ form }) {
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

const notice = new Notice(chat, () => {
  for (const { opening } of outbox.waiting()) if (opening) opening.consent = notice.receipt;
  keep();
  thread.flush();
  if (document.hasFocus()) focus();
});
let where = {};
/** The resolved conversation left behind: a reconnect must not bring it back. */
let ended = null;
const questions = new Questions(chat, { onDone: () => composer.focus() });
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
  onTyping: (on) => { if (thread?.conversation) socket.send(setTyping(thread.conversation, on)); },
});

const focus = () => (notice.isAsking ? notice : questions.isAsking ? questions : composer).focus();

bridge = listen({
  onOpened: (full, place) => {
    isOpen = true;
    if (!gpc) where = place;
    socket.start();
    screen.opened(full);
    look();
    focus();
    // A frame takes focus only once it is drawn.
    requestAnimationFrame(() => { if (document.activeElement === document.body) focus(); });
  },
  onClosed: () => {
    isOpen = false;
    look();
  },
  onShutdown: () => {
    socket.stop();
    thread.stop();
    outbox.clear();
    session.forget();
    screen.clear();
  },
});

function newThread() {
  return new Thread({ socket, outbox, view: screen, onRefused: refused, opening: () => ({ ...where, answers: questions.answers, consent: notice.receipt }) });
}

function adopt({ id, status, last_sequence }) {
  thread.begin(id, last_sequence);
  screen.begins(!thread.first);
  questions.dismiss();
  session.markActive();
  if (status) setStatus(status);
}

/** Say what was answered in a conversation. */
function keep() {
  if (notice.receipt && thread.conversation) socket.send(giveConsent(notice.receipt));
}

async function ask() {
  notice.take((await session.open()).notice);
}

function leave() {
  isOpen = !bridge.isFramed;
  look();
  bridge.close();
}

/** What a person sees counts as read. */
function look() {
  thread.look(isOpen && !document.hidden);
}

function setStatus(status) {
  if (status === "resolved") screen.resolved();
  else screen.reopened();
}

function refused(code, item) {
  if (code === "resolved") {
    screen.resolved();
    if (item) outbox.remove(item.client_id);
  } else if (code === "blocked") {
    screen.blocked();
    outbox.clear();
  } else if (code === "too_fast") screen.slowed();
  // One process may know a new text before another.
  else if (code === "consent_required") setTimeout(ask, notice.receipt ? 1000 : 0);
}

/** What couldn't be sent in the resolved conversation waits in the box. */
function restart() {
  const unsent = screen.unsentText();
  ended = thread.conversation;
  thread.stop();
  thread = newThread();
  screen.restarted();
  look();
  composer.text = unsent;
  composer.focus();
}

if (outbox.waiting().length) questions.dismiss();
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
