// Whether somebody sits before the page: what it asks by itself must not keep a session alive that nobody uses.

/** How long after the last touch of keyboard, mouse or screen somebody is taken to be there. */
const ATTENDED_MS = 60_000;
const INPUTS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

let touchedAt = performance.now();

/** To be called once; opening the page is a touch. */
export function watchAttendance(): void {
  const touch = () => {
    touchedAt = performance.now();
  };
  for (const name of INPUTS) addEventListener(name, touch, { capture: true, passive: true });
}

export function isAttended(): boolean {
  return document.visibilityState === "visible" && performance.now() - touchedAt < ATTENDED_MS;
}
