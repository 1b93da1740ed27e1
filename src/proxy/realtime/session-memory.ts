// What one session holds of the memory that all requests share (server.max_buffered).
import type { BufferPool } from "../body/buffer-pool.ts";

/** So little is not counted: nearly every message is smaller and gone at once. */
const FREE_BYTES = 64 * 1024;

export class SessionMemory {
  readonly #pool: BufferPool;
  #held = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Holds so many bytes in place of those before; false, with nothing changed, where there is no room. */
  hold(bytes: number): boolean {
    const counted = Math.max(0, bytes - FREE_BYTES);
    const more = counted - this.#held;
    if (more > 0 && !this.#pool.tryReserve(more)) return false;
    if (more < 0) this.#pool.release(-more);
    this.#held = counted;
    return true;
  }
}
