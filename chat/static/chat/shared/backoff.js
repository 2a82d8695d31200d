/** How long to wait before trying again. */

/** Milliseconds before reconnection attempt `n`, from 0: full jitter up to 0.5 s doubling, at most 30 s. */
export function reconnectDelay(attempt, random = Math.random) {
  return random() * Math.min(30_000, 500 * 2 ** attempt);
}
