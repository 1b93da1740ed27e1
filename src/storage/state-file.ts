// `state.json`: health as it is kept over a restart.
import type { StateEntry } from "../balancer/state.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { digestedLines } from "../core/digested-lines.ts";
import { previousOf, type Reading, readGenerations } from "../core/generations.ts";
import type { OutboundEntry } from "../outbound/outbound-state.ts";
import type { TokenEntry } from "../tokens/client-tokens.ts";
import { parseState, type SavedEntry, STATE_FORM } from "./state-text.ts";

/**
 * The state of the newest generation that can be read; what is damaged is set aside, unless there is no stamp.
 * @throws UserError for a state of a newer version, which is left as it is.
 */
export function readState(path: string, stamp: string | undefined): Reading<readonly SavedEntry[]> {
  return readGenerations(path, { stamp, parse: parseState });
}

/** Brings the state to the disk and keeps the one before. @throws the error of the system. */
export async function writeState(path: string, entries: Iterable<SavedEntry>, now: number): Promise<void> {
  await replaceFile(path, statePieces(entries, now), { previous: previousOf(path) });
}

/** The text of the file; each piece is made when the one before is written. */
export function statePieces(entries: Iterable<SavedEntry>, now: number): Iterable<string> {
  return digestedLines(`{"version":${STATE_FORM},"saved_at":${now},"entries":[`, entries);
}

/** An entry of the health of outbound proxies. */
export function isOutbound(entry: SavedEntry): entry is OutboundEntry {
  return entry.kind === "outbound";
}

/** What a client token has spent. */
export function isToken(entry: SavedEntry): entry is TokenEntry {
  return entry.kind === "token";
}

/** An entry of the balancer. */
export function isOfBalancer(entry: SavedEntry): entry is StateEntry {
  return entry.kind === "key" || entry.kind === "provider";
}
