// How the attempts of one client request are made: what the attempt loop needs of it.
import type { TransportCall } from "../../upstream/transport.ts";
import type { AttemptClocks, AttemptResult, LivePart } from "./attempt-result.ts";
import type { Chosen } from "./chosen.ts";

export interface Attempter<Live extends LivePart> {
  /** The upstream call; undefined where the path would leave the provider's base URL. */
  callOf(chosen: Chosen): TransportCall | undefined;
  /** Runs it to its commit or failure; rejects only for a bug. */
  run(call: TransportCall, chosen: Chosen, clocks: AttemptClocks): Promise<AttemptResult<Live>>;
}
