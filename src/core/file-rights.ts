// Says whose a file is and who may use it, in folders where others may have put a link to another one in its place.
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync, type Stats } from "node:fs";

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What is absent stays. */
export interface FileRights {
  readonly mode?: number;
  readonly owner?: FileOwner;
}

/**
 * Changes them of the file that has this one name there: root must not be led to another one. `rights`: may depend on
 * what it is.
 * @throws the error of the system: ELOOP for a link, EMLINK for a file that has other names, EINVAL for what is none.
 */
export function setRights(path: string, rights: FileRights | ((stats: Stats) => FileRights)): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw fault("EINVAL", path);
    if (stats.nlink > 1) throw fault("EMLINK", path);
    const { mode, owner } = typeof rights === "function" ? rights(stats) : rights;
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
    if (mode !== undefined) fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
