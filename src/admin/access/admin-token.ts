// The admin token: where a request shows one, and whether it is the right one.
import { hash, timingSafeEqual } from "node:crypto";

/** RFC 9110, 11.1: the scheme is case-insensitive. */
const BEARER = /^bearer +(.*)$/i;
/** What a browser sends to a reverse proxy in front, and with every call here, is no try of the admin token. */
const OF_OTHERS = /^(?:basic|digest|negotiate|ntlm) /i;

/** What stands in `Authorization`, with or without `Bearer`; empty where nothing does, or what is of another scheme. */
export function credentialOf(headers: Headers): string {
  const given = headers.get("authorization") ?? "";
  return OF_OTHERS.test(given) ? "" : (BEARER.exec(given)?.[1] ?? given);
}

/** Compares in constant time; false where none is configured, and for an empty one. */
export function isAdminToken(given: string, configured: string | undefined): boolean {
  if (configured === undefined || given === "") return false;
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", configured, "buffer"));
}
