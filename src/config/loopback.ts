// Tells addresses that only this machine can reach.

/** True for `localhost`, 127.0.0.0/8 and ::1 (RFC 1122 3.2.1.3, RFC 4291 2.5.3, RFC 6761 6.3). */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return /^127(\.\d{1,3}){3}$/.test(name);
}
