// Keeps what a provider answers from acting as a page of ours, in a browser that shows it.

/**
 * The page for operators has the same origin: a document of a provider that ran scripts there could read it, and do
 * whatever who is logged in may. A sandbox gives it an origin of its own (w3.org/TR/CSP3, directive sandbox).
 */
const CONFINED: readonly (readonly [string, string])[] = [
  ["content-security-policy", "sandbox; default-src 'none'"],
  ["x-content-type-options", "nosniff"],
];

/** Whether a browser asks for something to show; programs do not ask for HTML. */
export function showsDocument(headers: Headers): boolean {
  return headers.get("accept")?.includes("text/html") === true;
}

/** Adds the headers that confine it; what a provider says in them is replaced. */
export function confine({ headers }: Response): void {
  for (const [name, value] of CONFINED) headers.set(name, value);
}
