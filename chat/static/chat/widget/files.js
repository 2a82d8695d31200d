/** Files in a conversation: sent from here, and shown with the messages that carry them. Fetched when one is met. */
import { uuid7 } from "../shared/socket.js";

const WORDS = {
  too_fast: "That was a lot at once. Please try again in a minute.",
  consent_required: "Not sent yet: please see the notice first.",
  identity_required: "Not sent yet: please sign in on this website first.",
  resolved: "Not sent: this conversation is resolved.",
  gone: "Not sent: there is no connection.",
};
const known = new WeakMap();

/**
 * Take what was picked, pasted or dropped, and what the server tells of files there are.
 * `line` is the widget's session, or what stands for it: url, token or csrf, and open() to ask again; of a visitor
 * begin(), and of a member remover().
 */
export function take(root, line, given, list) {
  if (!known.has(root)) known.set(root, new Files(root, line));
  const files = known.get(root);
  if (list) files.show(list);
  for (const file of given) files.add(file);
}

/** 1 234 567 as "1.2 MB". Pure. */
export function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const make = (tag, className, textContent = "") => Object.assign(document.createElement(tag), { className, textContent });

function button(text, does) {
  const made = make("button", "link", text);
  made.type = "button";
  made.addEventListener("click", does);
  return made;
}

class Files {
  constructor(root, line) {
    Object.assign(this, { root, line, entries: new Map(), queue: [] });
    this.input = root.querySelector("input[type=file]");
    this.list = root.querySelector("[data-part=list]");
    this.uploads = root.querySelector("[data-part=uploads]");
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: root.dataset.filesStyle }));
    new MutationObserver(() => this.#draw()).observe(this.list, { childList: true });
    this.seen = new IntersectionObserver((all) => {
      for (const { isIntersecting, target } of all) if (isIntersecting) this.#preview(target);
    });
    addEventListener("online", () => this.#next());
  }

  add(file) {
    const item = { file, id: uuid7(), row: make("li", "upload"), bar: make("progress", "upload__bar"), told: make("span", "upload__told", "Waiting…") };
    item.row.append(make("span", "upload__name", file.name), item.told, item.bar, item.verb = button("Cancel", () => this.#cancel(item)));
    item.bar.value = 0;
    item.bar.setAttribute("aria-label", `Sending ${file.name}`);
    this.uploads.append(item.row);
    this.uploads.hidden = false;
    for (const input of this.root.querySelectorAll("input[type=file]")) input.value = "";
    const { accept = "", dataset: { most = 0, told = "" } = {} } = this.input ?? {};
    const isOther = /^(image|video|audio)/.test(file.type) && !accept.split(",").includes(file.type);
    if (!file.size) this.#failed(item, "This file is empty.", true);
    else if (isOther || file.size > most) this.#failed(item, told && `Not sent. Possible are: ${told}.`, true);
    else {
      this.queue.push(item);
      this.#next();
    }
  }

  show(list) {
    this.entries = new Map(list.map((entry) => [entry.sequence, entry]));
    this.#draw();
  }

  async #next() {
    const [item] = this.queue;
    if (!item || item.sent) return;
    const sent = item.sent = new XMLHttpRequest();
    const { conversation, error } = await this.line.begin?.(item.id) ?? {};
    if (error || !item.row.isConnected) return this.#sent(item, { status: 1, responseText: JSON.stringify({ error }) });
    sent.open("POST", this.line.url.replace("/session", "/files"));
    for (const [name, value] of [["X-Hushdesk-Session", this.line.token], ["X-CSRFToken", this.line.csrf]]) if (value) sent.setRequestHeader(name, value);
    sent.upload.onprogress = ({ loaded, total }) => { item.bar.value = loaded / total; };
    sent.onloadend = () => this.#sent(item, sent);
    item.told.textContent = `Sending, ${size(item.file.size)}`;
    item.bar.hidden = false;
    // The line about it goes before the file, so that its name is in no address.
    sent.send(new Blob([`${JSON.stringify({ client_id: item.id, name: item.file.name, conversation })}\n`, item.file]));
  }

  #sent(item, { status, responseText }) {
    this.queue = this.queue.filter((each) => each !== item);
    item.sent = null;
    if (status === 200) {
      this.line.markActive?.();
      this.#remove(item);
      this.#say(`${item.file.name} was sent.`);
    } else if (item.row.isConnected) {
      let answer = {};
      try {
        answer = JSON.parse(responseText);
      } catch {
        // Not ours, or none.
      }
      this.#failed(item, answer.text || WORDS[status ? answer.error : "gone"] || "Not sent. Please try again.", Boolean(answer.text));
    }
    this.#next();
  }

  #failed(item, text, isFinal) {
    item.bar.hidden = true;
    item.told.textContent = text;
    this.#say(text);
    if (isFinal) item.verb.textContent = "Dismiss";
    else if (!item.again) item.row.append(item.again = button("Try again", () => {
      item.again = item.again.remove();
      this.queue.push(item);
      this.#next();
    }));
  }

  #cancel(item) {
    this.#remove(item);
    this.queue = this.queue.filter((each) => each !== item);
    item.sent?.abort();
    this.input?.focus();
  }

  #remove(item) {
    item.row.remove();
    this.uploads.hidden = !this.uploads.childElementCount;
  }

  #draw() {
    for (const entry of this.entries.values()) {
      const message = this.list.querySelector(`[data-sequence="${entry.sequence}"]`);
      if (message) this.#show(message, entry);
    }
  }

  #show(message, entry) {
    let box = message.querySelector(".file");
    if (box?.dataset.state === entry.state) return;
    box?.remove();
    box = make("div", "file");
    Object.assign(box.dataset, { state: entry.state, sequence: entry.sequence });
    box.append(make("span", "file__told", [size(entry.bytes), entry.text].filter(Boolean).join(" · ")));
    if (entry.pass) box.append(button("Download", () => this.#download(entry.sequence, box)));
    if (!/refused|removed/.test(entry.state)) box.append(this.line.remover?.(entry) ?? "");
    message.querySelector("[data-slot=text]").after(box);
    if (entry.pass && entry.is_picture) this.seen.observe(box);
  }

  async #preview(box) {
    this.seen.unobserve(box);
    const blob = await this.#fetch(box.dataset.sequence).catch(() => null);
    if (!blob || box.querySelector("img")) return;
    const picture = make("img", "file__picture");
    picture.src = URL.createObjectURL(blob);
    picture.alt = `Preview of ${this.#name(box)}`;
    picture.onload = () => URL.revokeObjectURL(picture.src);
    box.prepend(picture);
  }

  async #download(sequence, box) {
    try {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await this.#fetch(sequence)), download: this.#name(box) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch {
      this.#say("This file can’t be fetched just now. Please try again.");
      box.querySelector(".file__told").textContent = "It can’t be fetched just now.";
    }
  }

  /** A pass lasts for minutes; with a new one it is tried once more. */
  async #fetch(sequence, isAgain) {
    const body = new URLSearchParams({ pass: this.entries.get(Number(sequence)).pass });
    const answer = await fetch(this.root.dataset.filesUrl, { method: "POST", body, credentials: "omit", cache: "no-store" });
    if (answer.ok) return answer.blob();
    if (isAgain) throw new Error(answer.status);
    this.show((await this.line.open()).files);
    return this.#fetch(sequence, true);
  }

  #name(box) {
    return box.parentElement.querySelector("[data-slot=text]").textContent;
  }

  #say(text) {
    this.root.querySelector("[data-part=status]").textContent = text;
  }
}
