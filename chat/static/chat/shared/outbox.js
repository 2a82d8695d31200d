/** Messages not yet acknowledged. Their text goes as soon as the server has it. */

export class Outbox {
  /** `storage` keeps them over a reload; null for memory only. */
  constructor(storage = null, key = "hushdesk.outbox") {
    this.storage = storage;
    this.key = key;
    this.items = new Map();
    for (const item of this.#load()) this.items.set(item.client_id, item);
  }

  add(item) {
    this.items.set(item.client_id, item);
    this.#save();
  }

  get(client_id) {
    return this.items.get(client_id);
  }

  remove(client_id) {
    const item = this.items.get(client_id);
    if (this.items.delete(client_id)) this.#save();
    return item;
  }

  clear() {
    this.items.clear();
    this.#save();
  }

  waiting() {
    return [...this.items.values()];
  }

  #load() {
    try {
      const items = JSON.parse(this.storage?.getItem(this.key) ?? "[]");
      return Array.isArray(items) ? items.filter((item) => typeof item?.client_id === "string" && typeof item.text === "string") : [];
    } catch {
      return [];
    }
  }

  #save() {
    try {
      if (this.items.size) this.storage?.setItem(this.key, JSON.stringify(this.waiting()));
      else this.storage?.removeItem(this.key);
    } catch {
      // Full or refused: memory keeps it while the page lives.
    }
  }
}
