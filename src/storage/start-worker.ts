// Starts a thread, in the executable too.

/**
 * `path`: of its program, from `src/`. In the executable a thread is found by its place among what was compiled (see
 * scripts/build.ts), which `import.meta` does not say there: it names the source file of the machine that compiled it.
 */
export function startWorker(path: string): unknown {
  const isCompiled = /[$~]bun/i.test(Bun.main.slice(0, 12));
  return new Worker(isCompiled ? `./${path}` : new URL(`../${path}`, import.meta.url).href);
}
