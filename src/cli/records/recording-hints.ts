// What an operator may not think of where records or counts are missing: that none is written at present.
import type { CliContext, GlobalOptions } from "../cli-context.ts";
import { hint, note } from "../say.ts";

export interface Recording {
  readonly recording: boolean;
  readonly fault?: string | undefined;
}

/** Nothing while requests are recorded. */
export function hintRecording(context: CliContext, options: GlobalOptions, { recording, fault }: Recording): void {
  if (fault !== undefined) note(context, `Requests cannot be recorded at present: ${fault}`);
  if (recording) return;
  hint(
    context,
    options,
    "Requests are not recorded, since requests.enabled is false. This turns it on:",
    "  openai-balance config set requests.enabled true",
  );
}
