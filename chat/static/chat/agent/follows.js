/** What the tabs of one browser follow on their one connection. Pure. */

/** As many conversations as the server lets one socket follow. */
export const MAX_FOLLOWED = 50;

export class Follows {
  constructor(most = MAX_FOLLOWED) {
    this.most = most;
    /** By conversation, the one with which nothing has happened for longest first: {after, tabs}. */
    this.all = new Map();
  }

  /** A tab follows a conversation: "new", "shared" when another tab did already, "again" when this one did. */
  add(conversation, tab, after = 0) {
    const { tabs, after: before } = this.all.get(conversation) ?? { tabs: new Set(), after };
    const how = tabs.has(tab) ? "again" : tabs.size ? "shared" : "new";
    this.#put(conversation, { tabs: tabs.add(tab), after: Math.max(before, after) });
    return how;
  }

  /** Something was said: it has come so far, and is not quiet. */
  heard(conversation, sequence) {
    const { tabs, after } = this.all.get(conversation) ?? {};
    if (tabs) this.#put(conversation, { tabs, after: Math.max(after, sequence) });
  }

  /** A tab follows it no more; whether nobody does now. */
  remove(conversation, tab) {
    const tabs = this.all.get(conversation)?.tabs;
    return Boolean(tabs?.delete(tab)) && tabs.size === 0 && this.all.delete(conversation);
  }

  /** A tab is gone; what nobody follows any more. */
  leave(tab) {
    return [...this.all.keys()].filter((conversation) => this.remove(conversation, tab));
  }

  /** Let the oldest quiet one go, if there are too many. */
  letGo() {
    const [oldest] = this.all.keys();
    if (this.all.size <= this.most) return undefined;
    this.all.delete(oldest);
    return oldest;
  }

  positions() {
    return [...this.all].map(([conversation, { after }]) => ({ conversation, after_sequence: after }));
  }

  #put(conversation, entry) {
    this.all.delete(conversation);
    this.all.set(conversation, entry);
  }
}
