// A time as part of a file name.

/** UTC, without characters that some file systems refuse. `ms`: wall-clock milliseconds. */
export function fileStamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[:.]/g, "-");
}
