// How the configuration was last read anew, for answers about the daemon as a whole.
import { z } from "zod";
import type { DaemonStatus, ReloadReport } from "./daemon-port.ts";
import { isoTime, time } from "./iso-time.ts";

export const reloadNotes = {
  reload: z
    .object({
      at: time.describe("When."),
      why: z.string().describe("Who or what asked for it, as in the log."),
      ok: z.boolean().describe("False where what was read is wrong: what runs is the configuration before it."),
      diagnostics: z.array(z.string()).describe("What is wrong with it; empty for a bug, which the log has."),
      need_restart: z.array(z.string()).describe("Fields of it that count only from the next start on."),
    })
    .optional()
    .describe("The last time that the configuration was read anew; absent where it was not since the start."),
};

/** What `reloadNotes` describes. */
export function reloadNotesOf({ lastReload }: Pick<DaemonStatus, "lastReload">) {
  return lastReload === undefined ? {} : { reload: toRow(lastReload) };
}

function toRow({ at, reason, isOk, diagnostics, needRestart }: ReloadReport) {
  const lists = { diagnostics: [...diagnostics], need_restart: [...needRestart] };
  return { at: isoTime(at), why: reason, ok: isOk, ...lists };
}
