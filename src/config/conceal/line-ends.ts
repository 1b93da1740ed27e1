// Takes a file as a browser edits it, with line feeds only, and gives it back as it was written.

/** `restore`: gives an edited text the line ends of the file, and its byte order mark. */
export interface PlainText {
  readonly text: string;
  restore(edited: string): string;
}

const MARK = "\uFEFF";

/** A file with line ends of several kinds gets the one that most of its lines have. */
export function plainTextOf(file: string): PlainText {
  const mark = file.startsWith(MARK) ? MARK : "";
  const all = file.match(/\r\n?|\n/g) ?? [];
  const windows = all.filter((end) => end === "\r\n").length;
  const lineEnd = windows * 2 > all.length ? "\r\n" : "\n";
  return {
    text: plain(file.slice(mark.length)),
    restore: (edited) => mark + plain(edited).replaceAll("\n", lineEnd),
  };
}

function plain(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
