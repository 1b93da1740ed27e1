// The name by which requests of the operator stand among those of client tokens.

/** As `(other)` and `(none)` of roll-ups it has parentheses, so that it is hardly that of a client token. */
export const OPERATOR_NAME = "(admin)";
