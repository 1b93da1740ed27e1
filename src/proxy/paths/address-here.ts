// Brings addresses here that the vendors' libraries call with their credential, although they are the provider's own.

/** The one that is answered. */
type Asked = Pick<Request, "url" | "headers">;

/** Where the parts of a resumable upload go, for libraries and by hand (ai.google.dev/api/files). */
const UPLOAD_HEADERS = ["x-goog-upload-url", "x-goog-upload-control-url"] as const;
/** Where the results of a batch are (docs.claude.com/en/api/retrieving-message-batches); a slash may be escaped. */
const RESULTS = /("results_url"\s*:\s*")((?:[^"\\]|\\\/)+)(?=")/g;
/** What answers with batches. Their results hold objects of the model's own making, which are nobody's to change. */
const BATCHES: ReadonlySet<string> = new Set([
  "messages/batches",
  "messages/batches/{id}",
  "messages/batches/{id}/cancel",
]);
/** See `pathBelow`; whatever stands before it. */
const API_PATH = /^https?:\/\/[^/?#]+(?:\/[^?#]*?)??\/((?:upload\/v1(?:alpha|beta)?|v1\/messages\/batches)\/.*)$/;

/** What of an address of uploads or results is below a provider's path here, without a slash before it. */
export function pathBelow(address: string): string | undefined {
  return API_PATH.exec(address)?.[1];
}

/**
 * An address below the provider's path here; undefined for any other than those of uploads and results. The credential
 * that libraries send there is a client token: it must go to no provider, which would refuse it besides, nor to the vendor
 * behind a relay, who may be named too. Google's put their base URL's host into the address, so that it led nowhere without
 * the provider's name in its path. Whoever says that a reverse proxy took the request by https, or another `Host`,
 * deceives only himself; one that is no host gets the address as it is.
 */
export function addressHere(address: string, provider: string, request: Asked): string | undefined {
  const path = pathBelow(address);
  const here = URL.parse(request.url);
  if (path === undefined || here === null) return undefined;
  const scheme = request.headers.get("x-forwarded-proto") === "https" ? "https:" : here.protocol;
  return `${scheme}//${here.host}/${encodeURIComponent(provider)}/${path}`;
}

/** Changes where an upload to Gemini goes on. */
export function bringUploadHere(headers: Headers, provider: string, request: Asked): void {
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
  { provider, request }: { readonly provider: string; readonly request: Asked },
): Uint8Array {
  if (!BATCHES.has(operation)) return body;
  // One character for each byte, there and back.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const changed = text.replace(RESULTS, (whole, name: string, address: string) => {
    const here = addressHere(address.replaceAll("\\/", "/"), provider, request);
    // A name of a host may have a quote.
    return here === undefined ? whole : name + JSON.stringify(here).slice(1, -1);
  });
  return changed === text ? body : Buffer.from(changed, "latin1");
}
