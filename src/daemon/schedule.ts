// The timer of the system, as everything here is given it.

/** See `Schedule` of the proxy. */
export function schedule(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
