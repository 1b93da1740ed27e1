// A job that an operator has stopped, as `state.json` keeps it.

export interface JobEntry {
  readonly kind: "job";
  readonly name: string;
  readonly state: {
    /** Since when, in wall-clock milliseconds. */
    readonly stopped: number;
  };
}

export function isJob(entry: { readonly kind: string }): entry is JobEntry {
  return entry.kind === "job";
}
