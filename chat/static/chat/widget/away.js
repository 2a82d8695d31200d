/** What somebody is told who waits, or finds nobody: when we are back, how many are before them; and an address for the
    answer. Fetched when that is so. */
import { clockTime, dayKey, dayLabel } from "../../core/js/times.js";
import { frame } from "../shared/socket.js";

const ADDRESS = "E-mail address for the answer (optional)";
const BAD = "This is no e-mail address we can write to.";
const KEPT = "When there is an answer we write to you. The mail says nothing of what was said here.";
const LATER = "It is kept with your first message.";

/** When somebody is there again, by the reader's clock. Pure. */
export function back(at, now = Date.now()) {
  const when = dayKey(at) === dayKey(now) ? "today" : `on ${dayLabel(at, now)}`;
  return `We are closed now, and here again at ${clockTime(at)} ${when}, your time.`;
}

/** What the header says of a team that is not online. Pure. */
export const presence = ({ team, opens_at }, now) =>
  team === "online" ? "" : team === "away" ? "We are away for a moment" : opens_at ? back(opens_at, now) : "Nobody is here just now. We answer as soon as we can.";

/** The place in the queue, and how long it usually takes. Pure. */
export function place({ before, low_min, high_min, is_late }) {
  if (before === undefined) return "";
  const words = before === 0 ? "You are next." : before === 1 ? "One person is before you." : `${before} people are before you.`;
  if (is_late) return `${words} It takes longer than usual just now.`;
  if (high_min === undefined) return words;
  return `${words} Most are answered within ${low_min ? `${low_min} to ` : ""}${high_min} minute${high_min === 1 ? "" : "s"}.`;
}

export class Away {
  /** `thread()` is the conversation at hand. */
  constructor(chat, socket, screen, thread) {
    Object.assign(this, { chat, socket, screen, thread, now: {}, queue: {} });
    const before = chat.querySelector("[data-part=composer]");
    this.box = Object.assign(document.createElement("form"), { className: "questions", hidden: true, noValidate: true });
    this.said = Object.assign(document.createElement("p"), { role: "status" });
    const label = Object.assign(document.createElement("label"), { className: "question", textContent: ADDRESS });
    this.input = Object.assign(document.createElement("input"), { type: "email", inputMode: "email", autocomplete: "email", maxLength: 254 });
    this.told = Object.assign(document.createElement("p"), { className: "question__warning", role: "status" });
    this.keep = Object.assign(document.createElement("button"), { className: "link", textContent: "Keep this address" });
    label.append(this.input);
    this.field = [label, this.keep];
    this.box.append(this.said, ...this.field, this.told);
    before.before(this.box);
    this.box.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.thread().conversation) this.#tell(this.input.value ? LATER : "");
      else this.#give();
    });
  }

  hear(event) {
    const { type } = event;
    const { conversation } = this.thread();
    if (event.team) {
      this.now = event;
      this.screen.team(event.team, presence(event));
    }
    if (type === "conversation.started") {
      this.queue = {};
      this.isTalking = this.isOver = false;
      this.#tell("");
      // What was typed goes with the first message.
      this.pending = Boolean(this.input.value);
    }
    if (type === "session.opened" || (type === "message.acknowledged" && !this.isTalking)) this.#ask();
    // Again where the line broke.
    if (this.pending && conversation && type !== "error") this.#give();
    if (type === "contact.given") {
      this.pending = false;
      this.thread().isReachable = true;
      this.#tell(KEPT);
    }
    if (type === "error" && event.field === "email") {
      this.pending = false;
      this.#tell(BAD);
      this.input.setAttribute("aria-invalid", "true");
    }
    if (event.conversation === conversation) {
      if (type === "queue.told") this.queue = event;
      if (event.status) this.isOver = event.status === "resolved";
      if (this.isOver || (type === "message.posted" && event.author.kind === "agent")) {
        this.queue = {};
        this.isTalking = true;
      }
      if (event.status === "resolved") this.#end();
    }
    this.ending?.hear(event);
    this.#draw();
  }

  async #end() {
    const { Ending } = await import("./ending.js");
    this.ending ??= new Ending(this.chat, this.socket, this.thread);
    this.ending.ask();
  }

  #ask() {
    const { conversation } = this.thread();
    if (conversation) this.socket.send(frame("queue.ask", { conversation }));
  }

  #give() {
    if (!this.input.value.trim()) return;
    this.input.removeAttribute("aria-invalid");
    this.pending = !this.socket.send(frame("contact.give", { email: this.input.value.trim() }));
  }

  #tell(text) {
    this.told.textContent = text;
    this.told.hidden = !text;
  }

  #draw() {
    const isAway = this.now.team && this.now.team !== "online";
    // Who finds the door closed has no place in a queue.
    this.said.textContent = this.now.team === "offline" ? "" : place(this.queue);
    const wants = !this.isOver && !this.thread().isReachable && (isAway || this.said.textContent);
    for (const part of this.field) part.hidden = !wants;
    this.said.hidden = !this.said.textContent;
    this.box.hidden = this.isOver || !(wants || this.said.textContent || this.told.textContent);
  }
}
