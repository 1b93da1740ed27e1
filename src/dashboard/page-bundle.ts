// The files of the browser program. In the executable the build puts those that it made in the place of this file.
import type { PageBundle } from "./page-files.ts";

let made: Promise<PageBundle> | undefined;

/** Made with the first call, in a tenth of a second; the source of the page is as it was then. */
export function pageBundle(): Promise<PageBundle> {
  made ??= import("./bundle-page.ts").then(({ bundlePage }) => bundlePage());
  return made;
}
