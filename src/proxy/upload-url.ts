// Lets an upload that was begun here go on here: its address is the provider's own.
import type { ProviderConfig } from "../config/config.ts";

/** Where the parts of a resumable upload go (ai.google.dev/api/files). */
export const UPLOAD_URL = "x-goog-upload-url";
/** Of the same answer, for those who drive the upload by hand. */
export const UPLOAD_CONTROL_URL = "x-goog-upload-control-url";

/**
 * The address below the provider's path here, undefined where it does not belong to the provider. Google's libraries put
 * their base URL's host into it and send their credential there, which is a client token: it must not go to Google, and
 * without the provider's name in its path it would lead nowhere. `request`: the one that began it; whoever says that a
 * reverse proxy took it by https deceives only himself.
 */
export function uploadUrlHere(
  url: string,
  provider: Pick<ProviderConfig, "name" | "nativeBaseUrl">,
  request: Pick<Request, "url" | "headers">,
): string | undefined {
  const base = `${provider.nativeBaseUrl}/`;
  if (!url.startsWith(base)) return undefined;
  const { host, protocol } = new URL(request.url);
  const scheme = request.headers.get("x-forwarded-proto") === "https" ? "https:" : protocol;
  return `${scheme}//${host}/${encodeURIComponent(provider.name)}/${url.slice(base.length)}`;
}
