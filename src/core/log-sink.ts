// Writes log text to a file descriptor without ever blocking the event loop.
import { write } from "node:fs";

/** A full pipe or terminal is tried again this often before the text is given up. */
const MAX_WAITS = 50;
const WAIT_MS = 100;

/**
 * Opens a sink on a descriptor. The function that it returns resolves to true once the text is written, to false when
 * it was given up: the output failed, or took nothing for 5 seconds. One call at a time.
 */
export function openLogSink(fd: number): (text: string) => Promise<boolean> {
  return async (text) => {
    let bytes: Uint8Array = Buffer.from(text);
    for (let waits = 0; bytes.length > 0; ) {
      const written = await writeSome(fd, bytes);
      if (written === "failed") return false;
      if (written === "full") {
        if (++waits > MAX_WAITS) return false;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        continue;
      }
      waits = 0;
      bytes = bytes.subarray(written);
    }
    return true;
  };
}

function writeSome(fd: number, bytes: Uint8Array): Promise<number | "full" | "failed"> {
  return new Promise((resolve) => {
    write(fd, bytes, (error, written) => {
      if (error === null) resolve(written);
      else resolve(error.code === "EAGAIN" ? "full" : "failed");
    });
  });
}
