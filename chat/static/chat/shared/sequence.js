/** Puts the messages of one conversation in order: each once, none skipped. Pure. */

export class Sequence {
  /** @param {number} last the sequence of the newest message already shown. */
  constructor(last = 0) {
    this.last = last;
    this.held = new Map();
  }

  /** Take a message in; gives back those that may be shown now, in order. */
  offer(message) {
    if (message.sequence <= this.last) return [];
    this.held.set(message.sequence, message);
    return this.#release();
  }

  /** Whether something later than the next message is being held. */
  get hasGap() {
    return this.held.size > 0;
  }

  /** Whether `sequence`, as told by the server, is one we haven't got. */
  isBehind(sequence) {
    return sequence > this.last;
  }

  #release() {
    const ready = [];
    while (this.held.has(this.last + 1)) {
      this.last += 1;
      ready.push(this.held.get(this.last));
      this.held.delete(this.last);
    }
    return ready;
  }
}
