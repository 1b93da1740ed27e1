// Kills this process before one of its steps: the one whose number is its last argument.

const last = Number(process.argv.at(-1));
let steps = 0;

export function step(): void {
  steps += 1;
  if (steps === last) process.kill(process.pid, "SIGKILL");
}
