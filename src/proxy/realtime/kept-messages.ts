// The client's messages until the provider's first one, so that another key can be sent them again.
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";

/** Beyond this a session stays with the key that it has. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 64;

export class KeptMessages {
  #messages: SocketMessage[] = [];
  #bytes = 0;

  get all(): readonly SocketMessage[] {
    return this.#messages;
  }

  /** False, and not kept, where there is no room. */
  add(message: SocketMessage): boolean {
    const bytes = this.#bytes + message.bytes.length + MESSAGE_BYTES;
    if (bytes > MAX_KEPT_BYTES) return false;
    this.#bytes = bytes;
    this.#messages.push(message);
    return true;
  }

  forget(): void {
    this.#messages = [];
    this.#bytes = 0;
  }
}
