// The headers that are meant for one connection only.

/** RFC 9110, 7.6.1; the older ones RFC 2616, 13.5.1. In lower case. */
export const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
] as const;
