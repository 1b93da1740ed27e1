// How long a certificate counts.
import { X509Certificate } from "node:crypto";

const DAY_MS = 24 * 60 * 60_000;
/** What renews certificates does so weeks before: by then it has failed. */
const SOON_DAYS = 7;

/** `soon`: within a week. Times in wall-clock milliseconds; `days`: whole ones that are left, negative once it has ended. */
export interface CertificateEnd {
  readonly endsAt: number;
  readonly days: number;
  readonly state: "fine" | "soon" | "ended";
}

/** `pem`: the certificate, or a chain that begins with it. */
export function certificateEnd(pem: string, now: number): CertificateEnd {
  const endsAt = Date.parse(new X509Certificate(pem).validTo);
  const days = Math.floor((endsAt - now) / DAY_MS);
  return { endsAt, days, state: days < 0 ? "ended" : days < SOON_DAYS ? "soon" : "fine" };
}
