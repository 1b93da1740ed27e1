// The settings of the server that only count when the daemon starts.

/** What a reload leaves as it is: the socket is open already. */
export const SERVER_FIELDS_AT_START = ["host", "port"] as const;
