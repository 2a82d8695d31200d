/** What a member has not sent yet, by conversation: over a reload, in this tab, unless a mode wants memory alone. */
import { Outbox } from "../shared/socket.js";

const PREFIXES = ["hushdesk.outbox.", "hushdesk.draft."];

export class Unsent {
  /** `outbox` is "tab" or "memory". What another member left in this tab goes, and with "memory" everything. */
  constructor({ member, outbox }, storage = sessionStorage) {
    this.all = storage;
    this.storage = outbox === "tab" ? storage : null;
    [this.outboxes, this.drafts] = PREFIXES.map((prefix) => `${prefix}${member}.`);
    this.inMemory = new Map();
    this.boxes = new Map();
    this.#remove((key) => !(this.storage && [this.outboxes, this.drafts].some((prefix) => key.startsWith(prefix))));
  }

  /** Messages on their way. */
  of(conversation) {
    if (!this.boxes.has(conversation)) this.boxes.set(conversation, new Outbox(this.storage, this.outboxes + conversation));
    return this.boxes.get(conversation);
  }

  /** @returns {{text: string, kind: string} | undefined} what was begun in a conversation's box */
  draft(conversation) {
    try {
      return this.inMemory.get(conversation) ?? JSON.parse(this.storage?.getItem(this.drafts + conversation) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  keepDraft(conversation, draft) {
    if (draft) this.inMemory.set(conversation, draft);
    else this.inMemory.delete(conversation);
    try {
      if (draft) this.storage?.setItem(this.drafts + conversation, JSON.stringify(draft));
      else this.storage?.removeItem(this.drafts + conversation);
    } catch {
      // Full or refused: memory keeps it while the page lives.
    }
  }

  /** Leave nothing behind. */
  clear() {
    this.inMemory.clear();
    this.#remove(() => true);
  }

  #remove(isMeant) {
    for (const key of Object.keys(this.all)) {
      if (PREFIXES.some((prefix) => key.startsWith(prefix)) && isMeant(key)) this.all.removeItem(key);
    }
  }
}
