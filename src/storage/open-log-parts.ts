// Opens all files of the log as they stood at one moment, although a rotation may rename them meanwhile.
import { existingLogNames, idAt } from "./log-names.ts";
import { LogPart } from "./log-part.ts";

/** Oldest first; none when there is no log. The caller closes them. @throws when one of them cannot be read. */
export async function openLogParts(path: string): Promise<readonly LogPart[]> {
  for (;;) {
    await using opened = new AsyncDisposableStack();
    const names = await existingLogNames(path);
    const parts: (LogPart | undefined)[] = [];
    for (const name of names) parts.push(opened.use(await LogPart.open(name)));
    if (!(await isUnmoved(path, names, parts))) continue;
    opened.move();
    return parts.filter((part) => part !== undefined).reverse();
  }
}

/** A file never gets an earlier name back: what has its name again had it all the time between. */
async function isUnmoved(
  path: string,
  names: readonly string[],
  parts: readonly (LogPart | undefined)[],
): Promise<boolean> {
  const now = await existingLogNames(path);
  if (now.join() !== names.join()) return false;
  const ids = await Promise.all(names.map(idAt));
  return ids.every((id, at) => id === parts[at]?.id);
}
