// What the process tells its caller when it ends.

/**
 * `usage` covers wrong arguments and invalid config: restarting does not help.
 * `unreachable`: no daemon answers. `unhealthy`: some of the checked keys or providers are.
 * `interrupted`: Ctrl-C, 128 + SIGINT as shells have it.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, unhealthy: 4, interrupted: 130 } as const;
