// One model at one key, or at a group of keys that share their limits.
import type { Limits } from "./contract.ts";
import { Meter } from "./limits/meter.ts";
import type { Forms } from "./limits/refill-form.ts";
import { ProbeSlot } from "./probe-slot.ts";
import { Rests } from "./rests.ts";

/** What rests there, and what its limits have room for. */
export class Part {
  readonly rests = new Rests();
  readonly meter: Meter;
  readonly probe = new ProbeSlot();

  constructor(forms: Forms, limits?: Limits) {
    this.meter = new Meter(forms, limits);
  }

  /** True when nothing here is worth remembering any more. */
  isOver(now: number): boolean {
    return this.meter.inFlight === 0 && this.rests.isOver(now) && this.meter.isOver(now);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.rests.rebase(now);
    this.meter.rebase(now);
    this.probe.rebase(now);
  }
}
