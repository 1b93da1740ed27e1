// Files from which nothing is imported, each with what is wrong with it.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fakeSecret } from "../../fixture/secrets.ts";
import { FakeTerminal } from "../fake-terminal.ts";

const KEY = fakeSecret("refused");
const FORMATS = "say so with --from, one of variables, gpt-load, one-api, new-api, litellm, keys";

test.each([
  ["one that is missing", "none.txt", "Cannot read none.txt: it does not exist"],
  ["a folder", ".", "Cannot read .: it is a folder"],
  ["no text", "binary", "Cannot import binary: it is neither text nor a SQLite database"],
  ["an empty one", "empty", "Cannot import empty: there is nothing in it that could be imported"],
  ["UTF-16", "utf16", "Cannot import utf16: it is in UTF-16, save it in UTF-8"],
  [
    "prose",
    "prose",
    `Cannot import prose: it is not known whose file it is, and no list of keys (line 1 has a space, expected one key a line): ${FORMATS}`,
  ],
  [
    "another program's YAML",
    "other.yaml",
    `Cannot import other.yaml: it is not known whose file it is, and no list of keys (line 2 has a space, expected one key a line): ${FORMATS}`,
  ],
  [
    "a dump in SQL",
    "dump.sql",
    "Cannot import dump.sql: it is a dump in SQL: import the file of SQLite, or the tables of another database as JSON",
  ],
  [
    "keys that cannot be",
    "keys.csv",
    "Cannot import keys.csv: there is nothing in it that could be imported: the key of entry 1: it has characters that no key has",
  ],
  [
    "an address that is none",
    "address.env",
    "Cannot import address.env: there is nothing in it that could be imported: the provider default and its keys: base_url: expected an http or https URL, got a string of 4 characters",
  ],
])("%s: says what is wrong", async (_case, file, message) => {
  using terminal = new FakeTerminal();
  terminal.write("binary", "a\0b");
  terminal.write("empty", "\n");
  writeFileSync(terminal.path("utf16"), Buffer.from(`\uFEFFAPI_KEYS=${KEY}`, "utf16le"));
  terminal.write("prose", `My keys: ${KEY}\n`);
  terminal.write("other.yaml", "services:\n  a: 1\n");
  terminal.write(
    "dump.sql",
    `-- made by hand\nCREATE TABLE channels (key);\nINSERT INTO channels VALUES ('${KEY}');\n`,
  );
  terminal.write("keys.csv", `${KEY},main\n`);
  terminal.write("address.env", `API_KEYS=${KEY}\nBASE_URL=host\n`);
  const { exitCode, out, err } = await terminal.run(["import", file]);
  expect({ exitCode, out, err: err.replaceAll(/\s+/g, " ").trim() }).toEqual({ exitCode: 2, out: "", err: message });
});

test("a database on standard input is said to need its name", async () => {
  using terminal = new FakeTerminal();
  const { err } = await terminal.run(["import", "-"], { stdin: "SQLite format 3\0..." });
  expect(err).toBe("Cannot import standard input: a database is read from its file, by its name\n");
});
