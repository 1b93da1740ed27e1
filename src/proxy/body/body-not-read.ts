// Why the body of a request could not be read.

export type BodyFailure = "request_too_large" | "overloaded" | "request_timeout" | "client_gone";

export interface BodyNotRead {
  readonly ok: false;
  readonly code: BodyFailure;
  readonly detail?: string;
  /** How much was read before, as far as that is known. */
  readonly arrivedBytes?: number;
}
