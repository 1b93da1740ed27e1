// One client request after the front has read it: plain data for the attempt loop.
import type { Need } from "../balancer/contract.ts";
import type { BodyFacts } from "./body/body-facts.ts";
import type { Upload } from "./body/upload.ts";
import type { ObjectSearch } from "./objects/object-search.ts";
import type { Operation } from "./paths/operation.ts";

export interface ClientRequest {
  readonly method: string;
  readonly operation: Operation;
  /** The operation only computes and does not run in the background, so that a second run does no harm. */
  readonly computes: boolean;
  readonly native: boolean;
  /** What followed `/v1`, or the native path; begins with `/`. */
  readonly rest: string;
  /** Empty, or begins with `?`. */
  readonly query: string;
  readonly headers: Headers;
  /** Of an upload the head. */
  readonly body: Uint8Array | null;
  /** What follows `body`, where that is not all. */
  readonly upload?: Upload | undefined;
  readonly facts: BodyFacts;
  readonly wantsStream: boolean;
  readonly need: Need;
  /** Where the request goes on when its key does not have the object that it names. */
  readonly search?: ObjectSearch | undefined;
  /** What goes upstream in place of the key's secret: made by the provider for this client. */
  readonly ownSecret?: string | undefined;
  /** The keys through which a list goes, one after the other, where it is not that of one account. */
  readonly listKeys?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** Wall-clock milliseconds. */
  readonly receivedAt: number;
}
