// Decides who enters with an API request, and as whom: by a client token, by what stands in for one, or by being here.
import type { ClientTokens } from "../../tokens/client-tokens.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { ErrorCode } from "../answer/error-table.ts";
import { presentsEphemeral } from "../realtime/ephemeral-secrets.ts";
import { withSocketToken } from "../realtime/subprotocols.ts";
import type { Setup } from "../setup.ts";
import type { Ephemeral, EphemeralScene } from "./issued-book.ts";
import { type IssuedSecrets, takesIssued } from "./issued-secrets.ts";
import { restricted } from "./token-gate.ts";

export interface EntranceDeps {
  readonly setup: Setup;
  readonly tokens: ClientTokens;
  readonly issued: IssuedSecrets;
}

export interface EntranceQuestion {
  readonly request: Request;
  readonly path: EphemeralScene["path"];
  /** Empty, or begins with `?`. */
  readonly query: string;
  readonly peer: { readonly address: string };
  /** It asks for a WebSocket, which browsers can give a token in a subprotocol only. */
  readonly isSocket: boolean;
  readonly now: number;
}

export interface Entered {
  readonly ok: true;
  /** Name of the token; undefined where none was shown. */
  readonly name: string | undefined;
  /** By whom limits of fairness count: the name, else the address. */
  readonly client: string;
  /** The token, where it may not do everything. */
  readonly token: KnownToken | undefined;
  /** The token, whatever it may do. */
  readonly opener: KnownToken | undefined;
  readonly ephemeral: Ephemeral | undefined;
}

export interface TurnedAway {
  readonly ok: false;
  readonly name: string | undefined;
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly text?: string;
}

const UNKNOWN_SECRET: TurnedAway = {
  ok: false,
  name: undefined,
  code: "invalid_api_key",
  text: "The ephemeral secret has expired, or was not made through here since the daemon started: make another one",
};

/** Who asks; notes the use of the token. */
export function enter(
  { request, path, query, peer, isSocket, now }: EntranceQuestion,
  { setup, tokens, issued }: EntranceDeps,
): Entered | TurnedAway {
  const headers = isSocket ? withSocketToken(request.headers) : request.headers;
  const presented = { method: request.method, headers, query };
  const scene = { path, setup, tokens: () => tokens.all, now };
  const ephemeral = takesIssued(path) ? issued.find(presented, scene) : undefined;
  const auth = ephemeral ? { ok: true as const, ...ephemeral } : setup.authenticator.client(headers, query);
  const isUnknown = ephemeral === undefined && presentsEphemeral(headers, path);
  if (isUnknown && !(auth.ok && auth.token !== undefined)) return UNKNOWN_SECRET;
  if (!auth.ok) return { ...auth, name: undefined };
  const { client: name } = auth;
  if (auth.token !== undefined) tokens.noteUse(auth.token, now);
  const token = restricted(auth.token);
  const address = () => setup.addressOf(peer, request.headers);
  // Whoever was given an ephemeral secret is somewhere else.
  const refusal = ephemeral ? token?.scope?.refuseExpired(now) : token?.scope?.refuseEntry(address(), now);
  if (refusal !== undefined) return { ...refusal, name };
  return { ok: true, name, client: name ?? address(), token, opener: auth.token, ephemeral };
}
