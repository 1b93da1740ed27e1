// Brings addresses here that the vendors' libraries call with their credential, although they are the provider's own.
import type { ProviderConfig } from "../config/config.ts";

type Base = Pick<ProviderConfig, "name" | "nativeBaseUrl">;
/** The one that is answered. */
type Asked = Pick<Request, "url" | "headers">;

/** Where the parts of a resumable upload go, for libraries and by hand (ai.google.dev/api/files). */
const UPLOAD_HEADERS = ["x-goog-upload-url", "x-goog-upload-control-url"] as const;
/** Where the results of a batch are (docs.claude.com/en/api/retrieving-message-batches). */
const RESULTS = /("results_url"\s*:\s*")([^"\\]+)(?=")/g;
const BATCHES = "messages/batches";

/**
 * An address below the provider's path here, undefined where it does not belong to the provider. The credential that
 * libraries send there is a client token: it must not go to the provider, which would refuse it besides. Google's put
 * their base URL's host into the address, so that it led nowhere without the provider's name in its path. Whoever says
 * that a reverse proxy took the request by https deceives only himself.
 */
export function addressHere(address: string, { name, nativeBaseUrl }: Base, request: Asked): string | undefined {
  const base = `${nativeBaseUrl}/`;
  if (!address.startsWith(base)) return undefined;
  const { host, protocol } = new URL(request.url);
  const scheme = request.headers.get("x-forwarded-proto") === "https" ? "https:" : protocol;
  return `${scheme}//${host}/${encodeURIComponent(name)}/${address.slice(base.length)}`;
}

/** Changes where an upload to Gemini goes on. */
export function bringUploadHere(headers: Headers, provider: Base, request: Asked): void {
  for (const name of UPLOAD_HEADERS) {
    const given = headers.get(name);
    const here = given === null ? undefined : addressHere(given, provider, request);
    if (here !== undefined) headers.set(name, here);
  }
}

/**
 * The answer about batches of Anthropic with the addresses of their results brought here, which its library calls as they
 * are; the body itself for every other operation. No other byte is changed.
 */
export function withResultsHere(
  body: Uint8Array,
  operation: string,
  { provider, request }: { readonly provider: Base; readonly request: Asked },
): Uint8Array {
  if (!operation.startsWith(BATCHES)) return body;
  // One character for each byte, there and back.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const changed = text.replace(RESULTS, (whole, name: string, address: string) => {
    const here = addressHere(address, provider, request);
    return here === undefined ? whole : name + here;
  });
  return changed === text ? body : Buffer.from(changed, "latin1");
}
