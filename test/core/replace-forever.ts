// A process that replaces a file again and again until it is killed: `replace-forever.ts FILE FIRST_NUMBER`.
import { replaceFile } from "../../src/core/atomic-file.ts";
import { numberedContent } from "./numbered-content.ts";

const [path = "", first = "0"] = process.argv.slice(2);
for (let number = Number(first); ; number++) {
  await replaceFile(path, numberedContent(number), { previous: `${path}.1` });
}
