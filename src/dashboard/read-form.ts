// Reads a form of the page: few short fields, as a browser sends them without script.

export type FormReading =
  | { readonly ok: true; readonly fields: URLSearchParams }
  | { readonly ok: false; readonly status: 400 | 408 | 413 | 415; readonly message: string };

/** Runs something later; gives what calls that off. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** Above every token that anybody types. */
const MOST_BYTES = 8 * 1024;
/** A browser sends so little at once. */
const PATIENCE_MS = 10_000;
const FORM = "application/x-www-form-urlencoded";

export async function readForm(request: Request, schedule: Schedule): Promise<FormReading> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== FORM) return { ok: false, status: 415, message: `A form comes as ${FORM}.` };
  const reader = request.body?.getReader();
  if (reader === undefined) return { ok: true, fields: new URLSearchParams() };
  let isLate = false;
  const callOff = schedule(PATIENCE_MS, () => {
    isLate = true;
    // What waits for more ends by this.
    reader.cancel().catch(() => {});
  });
  try {
    const bytes = await bytesOf(reader);
    if (isLate) return { ok: false, status: 408, message: "The form took too long." };
    if (bytes === undefined) return { ok: false, status: 413, message: "The form is too large." };
    return { ok: true, fields: new URLSearchParams(new TextDecoder().decode(bytes)) };
  } catch {
    // Whoever sent it has left.
    return { ok: false, status: 400, message: "The form ended early." };
  } finally {
    callOff();
  }
}

/** Undefined for too many, of which no more are read. */
async function bytesOf(reader: {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return Buffer.concat(chunks);
    chunks.push(value);
    size += value.length;
    if (size > MOST_BYTES) return undefined;
  }
}
