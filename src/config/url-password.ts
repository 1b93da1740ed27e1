// Takes what may be a credential out of a URL that is shown.

/** The URL without user and password. */
export function withoutUrlPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
}
