// Reads a form of the page: few short fields, as a browser sends them without script.

export type FormReading =
  | { readonly ok: true; readonly fields: URLSearchParams }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly message: string };

/** Above every token that anybody types. */
const MOST_BYTES = 8 * 1024;
const FORM = "application/x-www-form-urlencoded";

export async function readForm(request: Request): Promise<FormReading> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== FORM) return { ok: false, status: 415, message: `A form comes as ${FORM}.` };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES) return { ok: false, status: 413, message: "The form is too large." };
    }
  } catch {
    // Whoever sent it has left.
    return { ok: false, status: 400, message: "The form ended early." };
  }
  return { ok: true, fields: new URLSearchParams(new TextDecoder().decode(Buffer.concat(chunks))) };
}
