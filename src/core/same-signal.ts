// Signals that come more than once.

/**
 * Within this time it is one signal: a process group gets it from the terminal and again from its parent, and some
 * packages raise it anew after they have cleaned up.
 */
export const SAME_SIGNAL_MS = 50;
