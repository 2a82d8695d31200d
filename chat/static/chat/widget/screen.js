/** What the visitor sees: the view of a Thread, and what comes before it. */
import { MessageList, Scroller } from "../shared/messages.js";
import { gpc } from "./session.js";

const LOST_AFTER_MS = 1500;
const TYPING_GONE_MS = 8000;

export class Screen {
  constructor(chat, { onRetry, onRestart, onClose, onTop, onPrivacy }) {
    this.chat = chat;
    this.form = this.#part("composer");
    this.messages = new MessageList(this.#part("list"), {
      message: chat.querySelector("template[data-template=message]"),
      masked: chat.querySelector("template[data-template=masked]"),
      viewer: "visitor",
      onRetry,
    });
    this.scroller = new Scroller(this.#part("scroll"), this.#part("pill"), onTop);
    this.unsent = [];
    this.#part("close").addEventListener("click", onClose);
    this.#part("restart").addEventListener("click", onRestart);
    for (const button of chat.querySelectorAll("[data-opens-privacy]")) button.addEventListener("click", () => {
      this.#openPanel(button);
      onPrivacy();
    });
    this.#part("back").addEventListener("click", () => this.closePanel());
  }

  opened(full) {
    this.chat.classList.toggle("is-full", full);
    this.scroller.toEnd();
  }

  echo(item) {
    this.texts ??= new Map();
    this.texts.set(item.client_id, item.text);
    this.messages.echo(item);
    this.#begun();
    this.scroller.added(true);
  }

  mark(client_id, state, code) {
    this.messages.mark(client_id, state, code);
    if (state === "failed") this.#say("Your message was not sent.");
    if (state === "checking") this.#say("Your message is being checked before it is sent.");
    if (state === "sent") this.texts?.delete(client_id);
    if (state === "failed" && code === "resolved") this.unsent.push(this.texts.get(client_id));
  }

  place(message) {
    const element = this.messages.place(message);
    this.#begun();
    if (message.author.kind === "agent") {
      this.typing(false);
      this.agent = message.author.name;
      this.team(this.isBusy ? this.status : this.status && "online");
    }
    const why = element.querySelector('[data-slot="why"]').textContent;
    if (why && !this.isBusy) this.#say(why);
    this.scroller.added();
  }

  precede(earlier, isMore) {
    const release = this.scroller.hold();
    this.behind(true);
    this.messages.precede(earlier);
    this.begins(!isMore);
    this.behind(false);
    release();
  }

  begins(on) {
    this.#part("greeting").hidden = !on;
  }

  replace(message) {
    this.messages.replace(message);
  }

  progress(seen, arrived) {
    this.messages.progress(seen, arrived);
  }

  divide(after) {
    const line = this.messages.divide(after);
    if (line) this.scroller.toEnd(line);
  }

  /** `words`: of a team that is not there (away.js). */
  team(status, words = this.words) {
    this.status = status;
    this.words = words;
    this.#who();
  }

  /** While older messages arrive, nothing is read aloud. */
  behind(on) {
    this.isBusy = on;
    this.#part("log").setAttribute("aria-busy", on);
  }

  /** The banner counts from the first attempt, or quick ones would put it off for ever. */
  connection(state) {
    if (state !== "open") {
      this.lostTimer ??= setTimeout(() => this.#banner("Connecting again… What you write is kept and goes out by itself."), LOST_AFTER_MS);
      return;
    }
    this.lostTimer = clearTimeout(this.lostTimer);
    this.#banner("");
  }

  typing(on, name = "") {
    clearTimeout(this.typingTimer);
    const line = this.#part("typing");
    line.classList.toggle("is-on", on);
    if (on) {
      line.querySelector("[data-slot=who]").textContent = name ? `${name} is writing` : "Writing";
      this.typingTimer = setTimeout(() => this.typing(false), TYPING_GONE_MS);
    }
  }

  slowed() {
    this.#say("You are writing faster than we can take it. Your messages go out by themselves in a moment.");
  }

  /** Resolved or blocked: nothing more can be said. */
  ending(status) {
    const ends = ["resolved", "blocked"];
    for (const name of ends) this.#part(name).hidden = status !== name;
    this.form.hidden = ends.includes(status);
    this.scroller.toEnd();
  }

  unsentText() {
    const text = this.unsent.join("\n");
    this.unsent = [];
    return text;
  }

  clear() {
    this.messages.clear();
    this.begins(true);
    this.agent = "";
    this.#who();
    this.chat.classList.remove("has-begun");
  }

  /** False when it wasn't open. */
  closePanel() {
    const panel = this.#part("privacy");
    if (panel.hidden) return false;
    panel.hidden = true;
    this.#part("talk").inert = false;
    this.opener?.focus();
    return true;
  }

  #openPanel(opener) {
    this.opener = opener;
    this.#part("privacy").hidden = false;
    this.#part("talk").inert = true;
    this.#part("back").focus();
  }

  #banner(text) {
    const banner = this.#part("banner");
    banner.hidden = !text;
    banner.querySelector("[data-slot=text]").textContent = text;
  }

  #who() {
    this.#part("agent").textContent = this.status && this.status !== "online" ? this.words : this.agent ? `You are talking with ${this.agent}` : this.status ? "We are here" : "";
  }

  #say(text) {
    this.#part("status").textContent = text;
  }

  #begun() {
    this.chat.classList.add("has-begun");
  }

  #part(name) {
    return this.chat.querySelector(`[data-part="${name}"]`);
  }
}

export class Notice {
  /** `onAnswered` hears that the text was shown, or agreed to where it asks. */
  constructor(chat, onAnswered) {
    const [told, bar, agree, decline] = ["told", "asking", "agree", "decline"].map((name) => chat.querySelector(`[data-part=${name}]`));
    Object.assign(this, { chat, onAnswered, told, bar, agree, decline });
    agree.addEventListener("click", () => (decline.hidden ? this.#ask() : this.#answer()));
    decline.addEventListener("click", () => {
      this.#show([this.notice.instead, this.notice.ways], this.notice.again);
      decline.hidden = true;
    });
  }

  get isAsking() {
    return !this.bar.hidden;
  }

  /** What the widget's session answers. */
  take(notice) {
    if (notice?.hash === this.notice?.hash && (this.isAsking || this.receipt)) return this.receipt && this.onAnswered();
    this.notice = notice;
    this.#close();
    this.told.hidden = !notice || notice.given;
    if (this.told.hidden) return;
    this.#ask();
    if (!notice.asks) this.#answer();
  }

  focus() {
    this.told.focus();
  }

  #ask() {
    this.#show(this.notice.paragraphs, this.notice.agree);
    this.decline.textContent = this.notice.decline;
    this.decline.hidden = this.bar.hidden = false;
    this.chat.classList.add("is-deciding");
    if (document.hasFocus()) this.focus();
    this.told.scrollIntoView();
  }

  #show([title, ...lines], label) {
    this.told.lang = this.notice.language;
    this.told.replaceChildren(...[title, ...lines].map((line, place) => Object.assign(document.createElement(place ? "p" : "h2"), { textContent: line })));
    this.agree.textContent = label;
  }

  #close(receipt) {
    this.receipt = receipt;
    this.bar.hidden = true;
    this.chat.classList.remove("is-deciding");
  }

  #answer() {
    this.#close({ notice: this.notice.hash, gpc });
    this.onAnswered();
  }
}
