/** The conversations a member has opened: one is in the pane, the others go on out of sight and are there at once. */
import { Room } from "./room.js";
import { Unsent } from "./unsent.js";

const CANNED_LIVE_MS = 60_000;

export class Desk {
  /** @param {{onNews: (id: string, message: object | null, unread: number) => void}} handlers */
  constructor(workspace, socket, { onNews }) {
    this.workspace = workspace;
    this.pane = workspace.querySelector("#conversation");
    this.nothing = document.querySelector("template[data-template=nothing-open]");
    this.cannedUrl = workspace.dataset.cannedUrl;
    this.socket = socket;
    this.onNews = onNews;
    /** By id, the one that was shown last at the end. */
    this.rooms = new Map();
    this.unsent = new Unsent(workspace.dataset);
  }

  /** The room in the pane. */
  get room() {
    const room = this.rooms.get(this.id);
    return room?.isShown ? room : undefined;
  }

  get url() {
    return this.room?.url;
  }

  /** Take up the conversation that the server has drawn into the pane, if any. */
  open() {
    const root = this.pane.querySelector("[data-conversation]");
    this.id = root?.dataset.conversation;
    if (!root) return;
    this.rooms.get(this.id)?.leave();
    const { id, socket, unsent } = this;
    this.rooms.delete(id);
    this.rooms.set(id, new Room(root, { socket, unsent, fetchCanned: () => this.#canned(), onNews: (message, unread) => this.onNews(id, message, unread) }));
    this.#shown();
  }

  /** Show a conversation that is open already; false if it is not. */
  show(id) {
    const room = this.rooms.get(id);
    if (!room) return false;
    if (!room.isShown) {
      this.room?.hide();
      this.pane.replaceChildren(room.root);
      // What was swapped in while it was out of sight does not act yet.
      htmx.process(room.root);
      room.headerChanged();
    }
    this.id = id;
    this.rooms.delete(id);
    this.rooms.set(id, room);
    this.#shown();
    if (room.isStale) this.#fetchHeader(room);
    return true;
  }

  /** Take the open conversation out of the pane, before something else comes there. */
  stow() {
    const { room } = this;
    room?.hide();
    room?.root.remove();
  }

  /** Show that none is open. */
  clear() {
    this.stow();
    this.id = undefined;
    this.pane.replaceChildren(this.nothing.content.cloneNode(true));
    this.workspace.classList.remove("has-conversation");
  }

  /** The open conversation is not there any more: nothing of it stays on the screen, or behind it. */
  forget() {
    const { id, room } = this;
    this.clear();
    room?.leave();
    this.rooms.delete(id);
  }

  /** A conversation's address leads to it, if it is open. */
  idAt(path) {
    const { pathname } = new URL(path, location.href);
    return [...this.rooms.values()].find((room) => room.url === pathname)?.id;
  }

  /** What whoever may answer has on the screen counts as read. */
  look() {
    this.room?.look();
  }

  /** Where every open conversation stands, for a connection that begins: the last shown at the end. */
  positions() {
    return [...this.rooms.values()].flatMap((room) => room.thread.position());
  }

  lost() {
    for (const { thread } of this.rooms.values()) thread.lost();
  }

  hear(event) {
    if (event.type === "follow.ended") this.#ended(event.conversation);
    else if (!event.conversation) for (const room of this.rooms.values()) room.hear(event);
    else this.rooms.get(event.conversation)?.hear(event);
  }

  /** Something of a conversation is different: what its header says is looked at again when it is shown. */
  changed(id) {
    const room = this.rooms.get(id);
    if (room?.isShown) room.showFiles();
    else if (room) room.isStale = true;
  }

  /** Somebody changed who holds the open conversation, or its status. */
  refreshHeader(id) {
    const { room } = this;
    if (id !== this.id || !room) return;
    const row = document.getElementById(`row-${id}`);
    if (row?.dataset.state !== room.head.dataset.state) this.#fetchHeader(room);
  }

  undoResolve(id, url) {
    const isHere = id === this.id;
    htmx.ajax("POST", `${url}reopen/`, {
      source: "#conversation",
      target: isHere ? "#conversation-header" : "#rows",
      swap: isHere ? "outerHTML" : "none",
      headers: { "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]").value },
    });
  }

  /** Run a verb of the header, if it is there now. */
  act(...verbs) {
    const form = verbs.map((verb) => this.room?.root.querySelector(`form[data-verb=${verb}]`)).find(Boolean);
    form?.requestSubmit();
  }

  #shown() {
    const { room } = this;
    this.workspace.classList.add("has-conversation");
    room.shown();
    if (!matchMedia("(pointer: coarse)").matches && document.activeElement?.closest?.(".row")) room.composer.focus();
  }

  /** Followed no more: there are too many, or it is gone. What is in the pane is wanted again. */
  #ended(id) {
    const room = this.rooms.get(id);
    if (room?.isShown) room.follow();
    else if (room && !room.hasUnsent) {
      room.leave();
      this.rooms.delete(id);
    }
  }

  #fetchHeader(room) {
    room.isStale = false;
    htmx.ajax("GET", room.url, { source: "#conversation-header", target: "#conversation-header", select: "#conversation-header", swap: "outerHTML" });
  }

  /** The team's canned responses, asked for once a minute at most; none when they can't be had. */
  async #canned() {
    if (this.canned && Date.now() - this.cannedAt < CANNED_LIVE_MS) return this.canned;
    try {
      const response = await fetch(this.cannedUrl, { headers: { Accept: "application/json" } });
      if (response.ok) [this.canned, this.cannedAt] = [(await response.json()).canned, Date.now()];
    } catch {
      // Without the server there is nothing to pick; the text stays as it is typed.
    }
    return this.canned ?? [];
  }
}
