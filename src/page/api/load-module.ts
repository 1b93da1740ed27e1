// Loads a part of the page that is a file of its own, also after it could not be loaded.
import { reachability } from "./reachability.ts";

let lastAgain = 0;

/**
 * What `load` imports. A browser remembers for as long as the document is shown that a module could not be loaded (HTML,
 * module map). So none is asked for while the daemon is away; one that fails all the same is asked for by another address
 * of its file, which the browser's own words name.
 */
export async function loadModule<Module>(load: () => Promise<Module>): Promise<Module> {
  if (reachability.value === "lost") throw new Error("Cannot load a part of the page: the daemon is away");
  try {
    return await load();
  } catch (error: unknown) {
    const address = addressIn(error);
    if (address === undefined) throw error;
    lastAgain += 1;
    return (await import(`${address}?again=${lastAgain}`)) as Module;
  }
}

/** Of a file of ours that a browser could not load; undefined where it does not say, and forgets it, or for any other fault. */
function addressIn(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const address = /https?:\/\/\S+/.exec(error.message)?.[0];
  return address?.startsWith(`${location.origin}/`) ? address : undefined;
}
