// Edits of files that are written in all the ways that YAML allows: the whole text before and after.

import { describe, expect, test } from "bun:test";
import { edited } from "./edited.ts";

describe("set writes in the layout of the file", () => {
  test.each<[name: string, before: string, after: string]>([
    ["an empty file", "", "server:\n  port: 1\n"],
    ["a blank file", "\n", "server:\n  port: 1\n"],
    ["only comments", "# a\n\n# b\n", "# a\n\n# b\nserver:\n  port: 1\n"],
    ["no line break at the end", "# a", "# a\nserver:\n  port: 1"],
    ["blank lines at the end", "max_retries: 1\n\n\n", "max_retries: 1\nserver:\n  port: 1\n\n\n"],
    [
      "comments at the end",
      "max_retries: 1\n# server:\n#   port: 1\n",
      "max_retries: 1\n# server:\n#   port: 1\nserver:\n  port: 1\n",
    ],
    ["marks of a document", "--- # a\nmax_retries: 1\n...\n", "--- # a\nmax_retries: 1\nserver:\n  port: 1\n...\n"],
    ["marks without content", "---\n...\n", "---\nserver:\n  port: 1\n...\n"],
    ["an empty map", "{} # a\n", "server:\n  port: 1 # a\n"],
    ["nothing as a word", "~\n", "server:\n  port: 1\n"],
    ["no value", "server: # a\n", "server: # a\n  port: 1\n"],
    ["an empty section", "server: {} # a\n# b\n", "server: # a\n  port: 1\n# b\n"],
    ["a wrong empty section", "server: []\n", "server:\n  port: 1\n"],
    ["no value in the field", "server:\n  port: # a\n  host: b\n", "server:\n  port: 1 # a\n  host: b\n"],
    ["four columns", "auth:\n    allow_query_key: true\n", "auth:\n    allow_query_key: true\nserver:\n    port: 1\n"],
    ["an indented file", "  server:\n    host: a\n", "  server:\n    host: a\n    port: 1\n"],
    ["carriage returns", "server:\r\n  host: a\r\n", "server:\r\n  host: a\r\n  port: 1\r\n"],
    ["a byte order mark", "\uFEFFserver:\n  port: 2\n", "\uFEFFserver:\n  port: 1\n"],
    ["brackets", "server: {host: a}\n", "server: {host: a, port: 1}\n"],
    ["brackets with a comma", "server: { host: a, }\n", "server: { host: a, port: 1, }\n"],
    ["brackets on lines", "server: {\n  host: a # b\n}\n", "server: {\n  host: a, # b\n  port: 1\n}\n"],
    ["brackets on lines with a comma", "server: {\n  host: a, # b\n}\n", "server: {\n  host: a, # b\n  port: 1,\n}\n"],
    ["a name alone in brackets", "server: { port }\n", "server: { port: 1 }\n"],
    ["no value in brackets", "server: { port: , host: a }\n", "server: { port: 1 , host: a }\n"],
    ["JSON", '{\n  "auth": {}\n}\n', '{\n  "auth": {},\n  "server": { "port": 1 }\n}\n'],
    ["a text on lines", "server:\n  port: |- # a\n    2\n  host: b\n", "server:\n  port: 1\n  host: b\n"],
    ["a text before it", "server:\n  host: |+\n    a\n\n", "server:\n  host: |+\n    a\n\n  port: 1\n"],
    ["a value below", "server:\n  port:\n    2 # a\n", "server:\n  port:\n    1 # a\n"],
    ["an anchor of its own", "server: &a\n  port: &b 2\n", "server: &a\n  port: &b 1\n"],
    ["an anchor without a value", "server:\n  port: &a # b\n", "server:\n  port: &a 1 # b\n"],
    ["a tag", "server:\n  port: !!str 2\n", "server:\n  port: 1\n"],
    ["an alias", "a: &a 2\nserver:\n  port: *a # b\n", "a: &a 2\nserver:\n  port: 1 # b\n"],
    ["question marks", "? server\n: ? port\n  : 2\n", "? server\n: ? port\n  : 1\n"],
    ["quoted names", '"server":\n  "port": 2\n', '"server":\n  "port": 1\n'],
  ])("%s", (_, before, after) => {
    expect(edited(before, "server.port", "1").text).toBe(after);
  });

  test.each<[name: string, path: string, value: string, before: string, after: string]>([
    [
      "lists that are not indented",
      "providers.b.api_keys",
      "- x\n- y",
      "providers:\n- name: b\n",
      "providers:\n- name: b\n  api_keys:\n  - x\n  - y\n",
    ],
    [
      "a wide dash",
      "providers.b",
      "{ path: c }",
      "providers:\n  -   name: b\n",
      "providers:\n  -   name: b\n      path: c\n",
    ],
    [
      "a list in place of nothing",
      "auth.client_tokens[0]",
      "x",
      "auth:\n  client_tokens: [] # a\n",
      "auth:\n  client_tokens: # a\n    - x\n",
    ],
    [
      "an item in place of nothing",
      "auth.client_tokens[0]",
      "x",
      "auth:\n  client_tokens:\n    - # a\n",
      "auth:\n  client_tokens:\n    - x # a\n",
    ],
    [
      "an item on lines in place of a text",
      "auth.client_tokens[0]",
      "name: a\ntoken: b",
      "auth:\n  client_tokens: [x]\n",
      'auth:\n  client_tokens: ["name: a\\ntoken: b"]\n',
    ],
    [
      "a map in brackets stays so",
      "server",
      "port: 1\nhost: a",
      "server: {port: 2}\n",
      "server: { port: 1, host: a }\n",
    ],
    [
      "a map on lines stays so",
      "server",
      "{ port: 1, host: a }",
      "server: # a\n    port: 2\n# b\n",
      "server: # a\n    port: 1\n    host: a\n# b\n",
    ],
    [
      "nothing in place of a map on lines",
      "server",
      "{}",
      "server: # a\n  port: 2 # b\n# c\n",
      "server: {} # a\n# c\n",
    ],
    [
      "a map on lines in place of a text",
      "auth.admin_token",
      "{ env: A }",
      "auth:\n  admin_token: x # a\n",
      "auth:\n  admin_token: { env: A } # a\n",
    ],
    [
      "an item after the comments of the last",
      "providers.b",
      "{}",
      "providers:\n  - name: a\n    # path: c\n\n  # - name: d\n",
      "providers:\n  - name: a\n    # path: c\n  - name: b\n\n  # - name: d\n",
    ],
    [
      "the kind of YAML 1.1",
      "server.host",
      "yes",
      "%YAML 1.1\n---\nserver:\n  host: a # b\n",
      '%YAML 1.1\n---\nserver:\n  host: "yes" # b\n',
    ],
    [
      "other columns than elsewhere",
      "server",
      "{ port: 1 }",
      "auth:\n  admin_token: a\nserver:\n    port: 2\n",
      "auth:\n  admin_token: a\nserver:\n    port: 1\n",
    ],
    [
      "a map in place of a list",
      "server",
      "{ port: 1 }",
      "auth:\n  client_tokens: [a]\nserver:\n- a\n",
      "auth:\n  client_tokens: [a]\nserver:\n  port: 1\n",
    ],
    [
      "a new secret of a key that has more",
      "providers.a.api_keys.k",
      "y",
      "providers: [{ name: a, api_keys: [{ name: k, key: x, weight: 2 }] }]\n",
      "providers: [{ name: a, api_keys: [{ name: k, key: y, weight: 2 }] }]\n",
    ],
    [
      "JSON",
      "auth.client_tokens[1]",
      "x",
      '{ "auth": { "client_tokens": ["a"] } }',
      '{ "auth": { "client_tokens": ["a", "x"] } }',
    ],
  ])("%s", (_, path, value, before, after) => {
    expect(edited(before, path, value).text).toBe(after);
  });
});

describe("unset leaves what is beside", () => {
  test.each<[name: string, path: string, before: string, after: string]>([
    ["a map that becomes empty", "server.port", "max_retries: 1\nserver:\n  port: 1\n", "max_retries: 1\n"],
    ["maps in maps", "timeouts.models.a", "max_retries: 1\ntimeouts: { models: { a: {} } }\n", "max_retries: 1\n"],
    ["not if a comment is in it", "server.port", "server:\n  # why\n  port: 1\n", "server: {}\n  # why\n"],
    ["nor one after it", "server.port", "server:\n  port: 1\n  # why\n", "server: {}\n  # why\n"],
    [
      "nor an entry of free name",
      "timeouts.models.a.connect",
      "timeouts:\n  models:\n    a:\n      connect: 1s\n",
      "timeouts:\n  models:\n    a: {}\n",
    ],
    [
      "nor a list",
      "auth.client_tokens[0]",
      "auth:\n  client_tokens: # c\n    - x\n",
      "auth:\n  client_tokens: [] # c\n",
    ],
    [
      "nor a list in brackets",
      "auth.client_tokens[0]",
      "auth: { client_tokens: [ x ] }\n",
      "auth: { client_tokens: [] }\n",
    ],
    ["nor an item", "providers[0].name", "providers:\n  - name: a\n", "providers:\n  - {}\n"],
    ["the last setting", "server.port", "# mine\nserver:\n  port: 1\n", "# mine\n"],
    ["the last setting in brackets", "server.port", "{ server: { port: 1 } }\n", "{}\n"],
    ["one blank line of two", "server", "a: 1\n\nserver:\n  port: 1\n\nb: 1\n", "a: 1\n\nb: 1\n"],
    ["no line break at the end", "server.port", "server:\n  host: a\n  port: 1", "server:\n  host: a"],
    ["no carriage return at the end", "server.port", "server:\r\n  host: a\r\n  port: 1", "server:\r\n  host: a"],
    ["lines in brackets", "server.host", "server: {\n  host: a, # c\n  port: 1\n}\n", "server: {\n  port: 1\n}\n"],
    ["the last comma", "server.port", "server: {\n  host: a, # c\n  port: 1\n}\n", "server: {\n  host: a # c\n}\n"],
    ["no comma after the last", "server.port", "server: {\n  host: a,\n  port: 1,\n}\n", "server: {\n  host: a,\n}\n"],
    [
      "comments between",
      "providers[0].path",
      "providers:\n  - path: a # c\n    # d\n    name: b\n",
      "providers:\n  -\n    # d\n    name: b\n",
    ],
    [
      "comments of an item",
      "providers[0]",
      "providers:\n  - name: a\n    # api_keys: []\n  - name: b\n",
      "providers:\n  - name: b\n",
    ],
    ["an alias", "server", "a: &a { port: 1 }\nserver: *a\n", "a: &a { port: 1 }\n"],
    ["what has no value", "server.port", "server:\n  port:\n  host: a\n", "server:\n  host: a\n"],
    [
      "question marks, by writing all anew",
      "server",
      "? server\n: port: 1\n  host: b\n# c\nmodels: {a: [b/c]}\n",
      "# c\nmodels: { a: [ b/c ] }\n",
    ],
    ["the same with carriage returns", "server", "? server\r\n: port: 1\r\nmax_retries: 1\r\n", "max_retries: 1\r\n"],
    [
      "the same with its own columns",
      "server",
      "? server\n: port: 1\nauth:\n    allow_query_key: true\n",
      "auth:\n    allow_query_key: true\n",
    ],
  ])("%s", (_, path, before, after) => {
    expect(edited(before, path).text).toBe(after);
  });
});
