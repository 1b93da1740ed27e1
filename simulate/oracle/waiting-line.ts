// Requests that wait for the same providers, first come first served.
import type { OracleRequest } from "./oracle-request.ts";

export class WaitingLine {
  #requests: OracleRequest[] = [];
  #head = 0;
  stopTimer: () => void = () => {};

  /** The one whose turn it is; those that gave up are passed over. */
  first(): OracleRequest | undefined {
    while (this.#requests[this.#head]?.isOver === true) this.#head += 1;
    if (this.#head > 1_024 && this.#head * 2 > this.#requests.length) {
      this.#requests = this.#requests.slice(this.#head);
      this.#head = 0;
    }
    return this.#requests[this.#head];
  }

  shift(): void {
    this.#head += 1;
  }

  /** A request that comes back after a fault keeps its place by its arrival. */
  add(request: OracleRequest): void {
    let place = this.#requests.length;
    while (place > this.#head && (this.#requests[place - 1]?.arrival.index ?? 0) > request.arrival.index) place -= 1;
    this.#requests.splice(place, 0, request);
  }
}
