// Takes a data folder for a restore: nobody else may write into it, and none of its files is opened.
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { lockFolder } from "../storage/folder-lock.ts";
import { openFolder } from "../storage/open-folder.ts";
import { finishCutShort } from "../storage/staged-files.ts";
import { FolderInUse } from "./data.ts";

export interface RestorePlace extends AsyncDisposable {
  /** What an operator must know, a sentence each without its final period. */
  readonly notes: readonly string[];
}

/** Creates the folder where it is missing. @throws FolderInUse, and UserError where it cannot be written. */
export async function openForRestore({
  path,
  whoHas,
}: {
  readonly path: string;
  readonly whoHas: () => Promise<string | undefined>;
}): Promise<RestorePlace> {
  const folder = openFolder(path);
  const locked = folder.fault === undefined ? lockFolder(path) : { kind: "fault" as const, fault: folder.fault };
  if (locked.kind === "fault")
    throw new UserError(`Cannot restore into ${path}: ${locked.fault}; nothing was changed`, EXIT.failed);
  if (locked.kind === "held") {
    const who = (await whoHas()) ?? "another process";
    throw new FolderInUse(
      `The data folder ${path} is in use by ${who}: stop that first; nothing was changed`,
      EXIT.failed,
    );
  }
  const { lock } = locked;
  try {
    return {
      notes: [...folder.notes, ...finishCutShort(path)],
      [Symbol.asyncDispose]: async () => lock.release(),
    };
  } catch (error: unknown) {
    lock.release();
    throw error;
  }
}
