// What the request path needs to know of the operation that a client asks for.
import type { StreamProtocol } from "../stream/protocol.ts";

export interface Operation {
  /** The path below `/v1` with its parameters by name, for example `files/{id}`; `unknown` for what no table knows. */
  readonly name: string;
  /** It only computes: it may be sent again after an attempt that may have run. */
  readonly computes: boolean;
  /** It needs the account that made the object it speaks of. */
  readonly stateful: boolean;
  readonly protocol: StreamProtocol;
  /** For logs and metrics: holds no ids. */
  readonly template: string;
}
