/** The privacy card: what is true for this conversation. Fetched when somebody asks for it. */
import { fullTime } from "../../core/js/times.js";
import { hiddenName } from "../shared/composer.js";
import { frame } from "../shared/socket.js";

const PATIENCE_MS = 8000;
const often = (times) => (times === 1 ? "once" : `${times} times`);
const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}.`;
const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

/** The rows of a card: [[title, text]]. Pure. */
export function rows({ masked, key, kept, readers, readers_since }, organisation) {
  const hidden = masked.map(({ entity, count }) => `${hiddenName(entity)} (${often(count)})`).join(", ");
  return [
    ["Hidden before it was stored", sentence(hidden) || "Nothing so far."],
    [
      "Sealed with",
      key
        ? `A key made for you alone on ${fullTime(key.made_at)}, locked by a key of ${organisation}${key.is_own ? ", which keeps it itself" : ""} (${key.locked_by}).`
        : "The key was destroyed: nobody can read what was said.",
    ],
    [
      "Erased",
      kept.is_held
        ? "Not for now: a legal duty forbids it."
        : kept.due_at
          ? `On ${fullTime(kept.due_at)}, if nothing more is said.`
          : `When ${organisation} erases it; it has set no time.`,
    ],
    ["Opened by", (sentence(readers.map(({ role, times }) => `${role} (${often(times)})`).join(", ")) || "Nobody yet.") + (readers_since ? ` Known since ${fullTime(readers_since)}.` : "")],
  ];
}

export class Card {
  /** `of` is the conversation there is now; `onAgain` hears that the notice is to be shown again; `opens` promises what stands above the composer then. */
  constructor(chat, { send, of, onAgain, opens }) {
    Object.assign(this, { send, of, onAgain, opens, organisation: chat.querySelector(".talk__name").textContent, box: chat.querySelector("[data-part=card]") });
  }

  /** Ask for the card of the conversation, where one has begun. */
  open() {
    clearTimeout(this.timer);
    const conversation = (this.conversation = this.of());
    this.isDrawn = false;
    if (!conversation) this.#say("Nothing is stored of you yet. That begins with your first message.");
    else if (this.send(frame("card.open", { conversation }))) {
      this.#say("One moment…");
      this.timer = setTimeout(() => this.#say("This could not be looked up. Please open it again in a moment."), PATIENCE_MS);
    } else this.#say("You are not connected just now. Please open this again in a moment.");
  }

  hear(event) {
    if (event.type === "card.opened" && event.conversation === this.conversation) this.#draw(event);
    else if (event.type === "consent.ended") {
      this.open();
      this.onAgain();
    } else if (/session.opened|started/.test(event.type)) {
      // What could not be looked up then can be now, once the others have heard of it too.
      if (!this.isDrawn) queueMicrotask(() => this.open());
    } else if (event.type === "conversation.changed" && event.conversation === this.conversation && this.ending) this.ending.hidden = event.status === "resolved";
  }

  #draw(card) {
    clearTimeout(this.timer);
    this.isDrawn = true;
    const list = make("dl", "");
    for (const [title, text] of rows(card, this.organisation)) list.append(make("dt", title), make("dd", text));
    this.ending = this.#button("End this conversation", () => this.send(frame("conversation.end", { conversation: this.conversation })));
    this.ending.hidden = card.status === "resolved";
    this.box.replaceChildren(make("h3", "In this conversation"), list, ...this.#receipt(card.receipt), this.#button("My data and my rights", () => this.#own()), this.ending);
  }

  #receipt(receipt) {
    if (!receipt) return [];
    const details = make("details", "");
    const text = make("p", receipt.text, "card__text");
    text.lang = receipt.language;
    details.append(
      make("summary", `${receipt.agreed ? "You agreed to" : "You were shown"} the notice on ${fullTime(receipt.given_at)}`),
      text,
      make("p", `Version ${receipt.number}${receipt.gpc ? ", with Global Privacy Control on" : ""}. SHA-256 of the text: ${receipt.hash}`),
    );
    return receipt.agreed ? [details, this.#button("Withdraw my agreement", () => this.send(frame("consent.withdraw")))] : [details];
  }

  /** Who they are is asked first, above the composer. */
  #own() {
    this.opens("/own").catch(() => this.#say("This is not possible just now. Please try again in a moment."));
  }

  #button(label, onClick) {
    const button = make("button", label, "link");
    button.type = "button";
    button.addEventListener("click", onClick);
    return button;
  }

  #say(text) {
    this.box.replaceChildren(make("p", text));
  }
}
