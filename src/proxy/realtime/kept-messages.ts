// The client's messages until the provider's first one, so that another key can be sent them again.
import { MAX_MESSAGE_BYTES } from "../../upstream/websocket/client.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import type { BufferPool } from "../body/buffer-pool.ts";
import { SessionMemory } from "./session-memory.ts";

/** Beyond this a session stays with the key that it has: as for a request, a first message may hold images and files. */
const MAX_KEPT_BYTES = MAX_MESSAGE_BYTES;
/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 64;

export class KeptMessages {
  #messages: SocketMessage[] = [];
  #bytes = 0;
  readonly #memory: SessionMemory;

  constructor(pool: BufferPool) {
    this.#memory = new SessionMemory(pool);
  }

  get all(): readonly SocketMessage[] {
    return this.#messages;
  }

  /** False, and not kept, where there is no room. */
  add(message: SocketMessage): boolean {
    const bytes = this.#bytes + message.bytes.length + MESSAGE_BYTES;
    if (bytes > MAX_KEPT_BYTES || !this.#memory.hold(bytes)) return false;
    this.#bytes = bytes;
    this.#messages.push(message);
    return true;
  }

  forget(): void {
    this.#messages = [];
    this.#bytes = 0;
    this.#memory.hold(0);
  }
}
