// Answers with a file for whoever follows a link in a browser, in place of items.

/** The parameter of a GET that asks for a file, with the name of its form. */
export const DOWNLOAD = "download";

/** How items are written into a file. */
export interface FileForm<Item = never> {
  readonly type: string;
  /** What stands before the first of them. */
  readonly head: string;
  line(item: Item): string;
}

/** `name`: of the file, without its end, which is the name of the form. */
export interface Download<Item = never> {
  readonly name: string;
  readonly forms: Readonly<Record<string, FileForm<Item>>>;
}

/** `name`: that of the file. */
export interface ChosenFile {
  readonly name: string;
  readonly form: FileForm<unknown>;
}

/** So many characters are sent at a time. */
const PIECE = 65_536;

/** The file that is asked for; the names that can be asked for where there is no such one. */
export function chosenFile(download: Download, asked: string, now: number): ChosenFile | readonly string[] {
  const forms = download.forms as Readonly<Record<string, FileForm<unknown>>>;
  const form = Object.hasOwn(forms, asked) ? forms[asked] : undefined;
  if (form === undefined) return Object.keys(forms);
  const stamp = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return { name: `${download.name}-${stamp}.${asked}`, form };
}

export interface FileOptions {
  /** Whoever asks has left, or may no longer ask. */
  readonly signal: AbortSignal;
  /** Takes what failed on the way. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Waits for the first item, so that what is refused is told as everywhere else. What fails later breaks the answer off:
 * half a file must not be taken for a whole one.
 */
export async function fileAnswer(
  items: AsyncIterable<unknown>,
  { name, form }: ChosenFile,
  { signal, onFault }: FileOptions,
): Promise<Response> {
  const rest = items[Symbol.asyncIterator]();
  const file = pieces(await rest.next(), rest, { form, signal });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await file.next();
        if (done === true) controller.close();
        else controller.enqueue(new TextEncoder().encode(value));
      } catch (error: unknown) {
        onFault(error);
        // Bun would print a reason.
        controller.error();
      }
    },
    async cancel() {
      await file.return(undefined);
    },
  });
  const headers = { "content-type": form.type, "content-disposition": `attachment; filename="${name}"` };
  return new Response(body, { headers });
}

async function* pieces(
  first: IteratorResult<unknown>,
  rest: AsyncIterator<unknown>,
  { form, signal }: { readonly form: FileForm<unknown>; readonly signal: AbortSignal },
): AsyncGenerator<string, void> {
  let piece = form.head;
  try {
    for (let item = first; item.done !== true; item = await rest.next()) {
      piece += form.line(item.value);
      if (piece.length < PIECE) continue;
      yield piece;
      piece = "";
    }
    signal.throwIfAborted();
    if (piece !== "") yield piece;
  } finally {
    await rest.return?.();
  }
}
