/** What a member could not send yet, by conversation: over a reload, in this tab, unless a mode wants memory alone. */
import { Outbox } from "../shared/outbox.js";

const PREFIX = "hushdesk.outbox.";

export class Outboxes {
  /** `outbox` is "tab" or "memory". What another member left in this tab goes, and with "memory" everything. */
  constructor({ member, outbox }, storage = sessionStorage) {
    this.storage = outbox === "tab" ? storage : null;
    this.prefix = `${PREFIX}${member}.`;
    for (const key of Object.keys(storage)) {
      if (key.startsWith(PREFIX) && !(this.storage && key.startsWith(this.prefix))) storage.removeItem(key);
    }
  }

  of(conversation) {
    return new Outbox(this.storage, this.prefix + conversation);
  }
}
