// Takes what may be a credential out of a URL that is shown.

/** The URL without user and password: what stands before the last `@` of its authority (WHATWG URL, 4.4). */
export function withoutUrlPassword(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:[/\\]*)[^/\\?#]*@/i, "$1");
}
