/** After a conversation: how it was, and its transcript by mail. Fetched when one is over. */
import { frame } from "../shared/socket.js";

const MAX_COMMENT = 1000;
const SCALES = { thumbs: [[5, "Good"], [1, "Bad"]], five: [1, 2, 3, 4, 5].map((value) => [value, String(value)]) };
const NAMES = { 1: "1, very bad", 5: "5, very good" };
const make = (tag, fields, ...inside) => {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...inside);
  return element;
};

export class Ending {
  constructor(chat, socket, thread) {
    Object.assign(this, { socket, thread });
    this.box = make("div", { className: "questions", hidden: true });
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "How was it?");
    this.told = make("p", { className: "question__warning" });
    this.told.setAttribute("role", "status");
    chat.querySelector("[data-part=resolved]").before(this.box);
  }

  ask() {
    this.#send("ending.ask");
  }

  hear(event) {
    if (event.type === "ending.told" && event.conversation === this.thread().conversation) this.#draw(event);
    if (event.status === "open") this.box.hidden = true;
    // An address was left for it.
    if (event.type === "contact.given" && this.wants) this.#send("transcript.ask");
    if (event.type === "error" && this.sent && !event.client_id) {
      this.sent = false;
      this.told.textContent = event.field === "email" ? "This is no e-mail address we can write to." : "This could not be kept just now. Please try again.";
    }
  }

  #send(type, fields) {
    this.sent = this.socket.send(frame(type, { conversation: this.thread().conversation, ...fields }));
    if (!this.sent) this.told.textContent = "You are not connected just now. Please try again in a moment.";
  }

  #draw({ scale, value, transcript }) {
    if (transcript !== "no_address") this.wants = false;
    const said = [
      this.isRating && value ? "Thank you. You can change it for a day." : "",
      transcript === "asked" ? "The link to the transcript is on its way to you by mail." : "",
    ].filter(Boolean).join(" ");
    const wasRating = this.isRating;
    this.isRating = false;
    this.told.textContent = said;
    this.box.replaceChildren(...(scale ? this.#rating(scale, value) : []), ...this.#transcript(transcript), this.told);
    // What was pressed is another button now.
    if (wasRating) this.box.querySelector("[aria-pressed=true]")?.focus();
    this.box.hidden = !(scale || said || ["offered", "no_address"].includes(transcript));
  }

  #rating(scale, value) {
    const comment = make("textarea", { rows: 2, maxLength: MAX_COMMENT, dir: "auto", value: this.comment ?? "" });
    Object.assign(comment.style, { inlineSize: "100%", padding: "0.5rem 0.75rem", borderRadius: "0.5rem", fontSize: "1rem", resize: "vertical" });
    comment.addEventListener("input", () => { this.comment = comment.value; });
    const give = (each) => {
      this.isRating = true;
      this.#send("rating.give", { value: each, comment: comment.value });
    };
    const note = make("span", { className: "question__optional", textContent: "No card numbers, passwords or ID numbers here, please." });
    const label = make("label", { className: "question", hidden: !value, textContent: "What could be better? " }, note, comment);
    const keep = make("button", { type: "button", className: "link", textContent: "Send the comment", hidden: !value });
    keep.addEventListener("click", () => give(value));
    const choices = make("div", {}, ...SCALES[scale].map(([each, words]) => {
      const button = make("button", { type: "button", className: "link", textContent: each === value ? `✓ ${words}` : words });
      button.setAttribute("aria-pressed", String(each === value));
      if (scale === "five" && NAMES[each]) button.setAttribute("aria-label", NAMES[each]);
      button.addEventListener("click", () => give(each));
      return button;
    }));
    Object.assign(choices.style, { display: "flex", gap: "1.5rem" });
    return [make("p", { className: "questions__intro", textContent: "How was it?" }), choices, label, keep];
  }

  #transcript(transcript) {
    const button = make("button", { type: "button", className: "link", textContent: "Mail me the transcript" });
    if (transcript === "offered") {
      button.addEventListener("click", () => this.#send("transcript.ask"));
      return [button];
    }
    if (transcript !== "no_address") return [];
    const input = make("input", { type: "email", autocomplete: "email", maxLength: 254 });
    button.addEventListener("click", () => {
      this.wants = true;
      this.sent = this.socket.send(frame("contact.give", { email: input.value.trim() }));
    });
    return [make("label", { className: "question", textContent: "E-mail address for the transcript" }, input), button];
  }
}
