// Redaction: known secrets in every spelling, unknown ones by shape, and nothing else.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { maskSecret, maskSpelling, Redactor } from "../../src/core/redaction.ts";
import { SecretSearch } from "../../src/core/secret-search.ts";
import { spellingsOf, WORDS } from "../../src/core/secret-spellings.ts";

const KEY = 'fake/Key+with=odd"signs.0123456789';

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  redactor.addSecrets(secrets);
  return redactor;
}

/** What a `Redactor` does with known secrets, character by character. */
function redactNaively(secrets: readonly string[], text: string): string {
  const spellings = new Set(secrets.flatMap((secret) => [...spellingsOf(secret)]));
  const isHidden: boolean[] = [];
  /** The character before belongs to the same secret, or to one that overlaps it. */
  const isJoined: boolean[] = [];
  const escapes = escapesIn(text);
  for (const spelling of [...spellings].filter(({ length }) => length >= 8)) {
    for (let found = text.indexOf(spelling); found !== -1; found = text.indexOf(spelling, found + 1)) {
      const { start, end } = escapes.around(found, found + spelling.length);
      for (let at = start; at < end; at++) {
        isHidden[at] = true;
        isJoined[at] ||= at > start;
      }
    }
  }
  let clean = "";
  for (let at = 0, end = 1; at < text.length; at = end++) {
    while (isJoined[end]) end++;
    clean += isHidden[at] ? maskSpelling(text.slice(at, end)) : text[at];
  }
  for (const { 0: word, index } of [...clean.matchAll(WORDS)].toReversed()) {
    if (word.length >= 8 || !spellings.has(word)) continue;
    const { start, end } = escapesIn(clean).around(index, index + word.length);
    clean = `${clean.slice(0, start)}****${clean.slice(end)}`;
  }
  return clean;
}

/** Every escape of JSON, read from the left. */
function escapesIn(text: string) {
  const all = Array.from(text.matchAll(/\\(?:u[0-9a-fA-F]{4}|[^\n])/g), ({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
  }));
  const cutBy = (at: number) => all.find(({ start, end }) => start < at && at < end);
  return {
    around: (start: number, end: number) => ({ start: cutBy(start)?.start ?? start, end: cutBy(end)?.end ?? end }),
  };
}

test.each([
  ["sk-fake-abcdefgh-0001", "sk-f...0001"],
  ["oab-Xy_-fake0123456789", "oab-...6789"],
  ["123456789012", "1234...9012"],
  ["12345678901", "****"],
  ["", "****"],
])("maskSecret shows the ends of 12 and more characters: %p", (secret, masked) => {
  expect(maskSecret(secret)).toBe(masked);
});

describe("Redactor masks a known secret", () => {
  test.each([
    ["alone", KEY, "fake...6789"],
    ["glued to other text", `x${KEY}y`, "xfake...6789y"],
    ["twice", `${KEY}, ${KEY}`, "fake...6789, fake...6789"],
    ["URL-encoded", `?a=${encodeURIComponent(KEY)}&b=1`, "?a=fake...6789&b=1"],
    [
      "URL-encoded in lower case",
      encodeURIComponent(KEY).replaceAll("%2F", "%2f").replaceAll("%2B", "%2b").replaceAll("%3D", "%3d"),
      "fake...6789",
    ],
    ["in JSON", JSON.stringify({ key: KEY }), '{"key":"fake...6789"}'],
    ["in JSON as PHP writes it", String.raw`"fake\/Key+with=odd\"signs.0123456789"`, '"fake...6789"'],
    ["in JSON as .NET writes it", String.raw`"fake/Key\u002Bwith=odd\u0022signs.0123456789"`, '"fake...6789"'],
  ])("%s", (_where, text, clean) => {
    expect(redactorOf(KEY).redact(text)).toBe(clean);
  });

  test("in JSON as Go writes it", () => {
    expect(redactorOf("fake&Key<0123456789").redact(String.raw`"fake\u0026Key\u003c0123456789"`)).toBe('"fake...6789"');
  });

  test.each(["", ":", "me:", "user:"])("in Base64, after %j", (before) => {
    const encoded = Buffer.from(before + KEY).toString("base64");
    expect(redactorOf(KEY).redact(`Basic ${encoded}.`).length).toBeLessThan(30);
  });

  test("without breaking the JSON around it", () => {
    const key = `fake-key-0123456"89`;
    expect(JSON.parse(redactorOf(key).redact(JSON.stringify({ key })))).toEqual({ key: "****" });
  });

  test.each([
    ["that begins with what a backslash before it escapes", "/fake-hook-0123456789", "x\\/fake-hook-0123456789"],
    ["whose first letter is that of an escape", "nfake-01", "\nfake-01"],
    ["of few letters, behind an escape", "tok", "\tok"],
    ["that ends with a backslash", "fake-0123456789\\", 'fake-0123456789"'],
    ["whose first characters are those of a long escape", "001fake-0123456789", "\u001fake-0123456789"],
    ["that begins with a quote", '"fake-0123456789', '"fake-0123456789'],
  ])("without breaking the JSON around one %s", (_what, secret, said) => {
    const line = JSON.stringify({ said, count: 1 });
    for (const clean of [redactorOf(secret).redact(line), redactorOf(secret).redactLines(line)]) {
      expect(JSON.parse(clean)).toEqual({ said: expect.stringMatching(/^x?\\?\*{4}$/), count: 1 });
      expect(clean).not.toContain("fake-01");
    }
  });

  test("whatever backslashes stand around it: JSON stays JSON", () => {
    const unit = fc.constantFrom(..."\\/nu01fab");
    const secret = fc.string({ minLength: 3, maxLength: 12, unit });
    fc.assert(
      fc.property(secret, fc.string({ unit }), fc.string({ unit }), (one, left, right) => {
        const line = JSON.stringify([left + one + right, 1]);
        expect(JSON.parse(redactorOf(one).redact(line))).toHaveLength(2);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of nothing but backslashes, in a text of nothing else, without going back and forth in it", () => {
    const line = JSON.stringify({ said: "\\".repeat(500_000) });
    expect(redactorOf("\\".repeat(8)).redact(line)).toBe('{"said":"****"}');
  });

  test("that overlaps another one, leaving nothing of either", () => {
    const clean = redactorOf("fake-abcdefghijkl", "ghijkl-mnopqrstu").redact("<fake-abcdefghijkl-mnopqrstu>");
    expect(clean).toBe("<fake...rstu>");
  });

  test("of less than 8 characters only as a whole word", () => {
    expect(redactorOf("tok").redact("token tok 'tok' stock")).toBe("token **** '****' stock");
  });

  test("that was added later, beside those before", () => {
    const redactor = redactorOf(KEY, "tok");
    redactor.addSecrets(["another-fake-secret", "key"]);
    expect(redactor.redact(`${KEY} another-fake-secret tok key`)).toBe("fake...6789 anot...cret **** ****");
  });

  test("that is a spelling of one added before, in its own spellings", () => {
    const redactor = redactorOf(KEY);
    redactor.addSecrets([encodeURIComponent(KEY)]);
    expect(redactor.redact(btoa(encodeURIComponent(KEY))).length).toBeLessThan(15);
  });

  test("that overlaps one added before, leaving nothing of either", () => {
    const redactor = redactorOf(`fake-${"a".repeat(40)}`);
    redactor.addSecrets(["aaaa-fake-b"]);
    expect(redactor.redact(`<fake-${"a".repeat(40)}-fake-b>`)).toBe("<fake...ke-b>");
  });
});

describe("Redactor learns secrets", () => {
  const secrets = Array.from({ length: 10_000 }, (_, at) => `fake-${at}-${(at * 0x9e3779b1) >>> 0}-0123456789`);

  function grown(...slices: (readonly string[])[]) {
    const search = new SecretSearch();
    const redactor = new Redactor(search);
    for (const slice of slices) redactor.addSecrets(slice);
    return { redactor, layers: search.layers, sizes: () => search.layers.map(({ size }) => size), search };
  }

  test("in any order and slices as all at once, and lines stay apart", () => {
    const unit = fc.constantFrom(...'abc/+"é\n \\');
    const secret = fc.oneof(fc.string({ minLength: 1, maxLength: 12, unit }), fc.string({ minLength: 20, unit }));
    const scene = fc.array(fc.array(secret, { maxLength: 4 }), { maxLength: 5 }).chain((slices) => {
      const spellings = ["", ...slices.flat().flatMap((one) => [...spellingsOf(one)])];
      const part = fc.oneof(fc.constantFrom(...spellings), fc.string({ maxLength: 6, unit }));
      return fc.record({ slices: fc.constant(slices), parts: fc.array(part, { maxLength: 8 }) });
    });
    fc.assert(
      fc.property(scene, ({ slices, parts }) => {
        const { redactor } = grown(...slices);
        const text = parts.join("");
        const lines = text.split("\n").map((line) => redactNaively(slices.flat(), line));
        expect(redactor.redact(text)).toBe(redactNaively(slices.flat(), text));
        expect(redactor.redactLines(text)).toBe(lines.join("\n"));
      }),
      { numRuns: 500 },
    );
  });

  test("and enters those that it knows once only", () => {
    const { redactor, sizes } = grown(secrets);
    const before = sizes();
    redactor.addSecrets(secrets);
    expect(sizes()).toEqual(before);
  });

  test("one by one without entering the 10,000 known ones anew", () => {
    const { redactor, layers, search } = grown(secrets);
    const size = layers[0]?.size ?? 0;
    for (let at = 0; at < 20; at++) redactor.addSecrets([`fake-new-${at}-0123456789`]);
    expect(search.layers).toBe(layers);
    expect(layers.map((layer) => layer.size - size)).toEqual([20 * new Set(spellingsOf("fake-new-0-0123456789")).size]);
    expect(redactor.redact(`${secrets[5_000]} fake-new-19-0123456789`)).toBe("fake...6789 fake...6789");
  });
});

describe("Redactor forgets secrets that pass", () => {
  const passing = (at: number) => `fake-passing-${String(at).padStart(6, "0")}-0123456789`;

  test("once a thousand others were named, and never those in use", () => {
    const redactor = redactorOf(KEY);
    for (let at = 0; at < 1_001; at++) {
      redactor.addPassing([passing(at)]);
      redactor.addPassing([passing(7)]);
    }
    const shown = (text: string) => redactor.redact(text) === text;
    expect([0, 7, 600, 1_000].map((at) => shown(passing(at)))).toEqual([true, false, false, false]);
    expect([KEY, encodeURIComponent(KEY)].map(shown)).toEqual([false, false]);
  });

  test("and until then finds them in every spelling, beside all others, line by line", () => {
    const redactor = redactorOf(KEY);
    redactor.addPassing(['fake/pass"ing+0123456789']);
    const lines = [KEY, 'fake/pass"ing+0123456789', "fake%2Fpass%22ing%2B0123456789"].join("\n");
    expect(redactor.redactLines(lines)).toBe("fake...6789\nfake...6789\nfake...6789");
  });
});

describe("Redactor masks by shape", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2lnbmF0dXJlLWZha2U";
  test.each([
    ["sk-proj-fake0123456789", "sk-p...6789"],
    ["key:sk-ant-fake-0123456789.", "key:sk-a...6789."],
    ["AIzaSyFake_0123456789", "AIza...6789"],
    ["gsk_fake0123456789", "gsk_...6789"],
    ["hf_fake0123456789", "hf_f...6789"],
    ["xai-fake0123456789", "xai-...6789"],
    [`"${jwt}"`, '"eyJh...ha2U"'],
    ["authorization: Bearer fake0123456789", "authorization: Bearer fake...6789"],
    ["BEARER short1xx", "BEARER ****"],
    ["http://user:fakepassword@proxy.example:1080/x", "http://user:fake...word@proxy.example:1080/x"],
    ['{"msg":"line\\nsk-proj-fake0123456789"}', '{"msg":"line\\nsk-p...6789"}'],
  ])("%s", (text, clean) => {
    expect(new Redactor().redact(text)).toBe(clean);
  });
});

test.each([
  "Use Bearer authentication",
  "task-force and risk-management of disk-abc",
  "https://api.example.com:8080/v1/chat/completions?x=1@y",
  "sk-f...6789 is the key",
  '{"keyId":"0123456789ab","time":"2026-01-01T00:00:00.000Z"}',
])("Redactor leaves ordinary text alone: %s", (text) => {
  expect(redactorOf(KEY).redact(text)).toBe(text);
});

describe("Redactor masks lines", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2lnbmF0dXJlLWZha2U";

  test.each([
    ["a secret that ends a line", `a ${KEY}\n${KEY} b\n`, "a fake...6789\nfake...6789 b\n"],
    ["a shape in the middle line only", "a\nsk-fake-0123456789\nb\n", "a\nsk-f...6789\nb\n"],
    ["shapes in every line", "Bearer fake0123456789\nhf_fake0123456789\n", "Bearer fake...6789\nhf_f...6789\n"],
    ["several shapes in a line", `x\n${jwt} http://u:fakepassword@h\ny`, "x\neyJh...ha2U http://u:fake...word@h\ny"],
    ["a last line without an end", "a\ngsk_fake0123456789", "a\ngsk_...6789"],
    ["nothing", "", ""],
  ])("%s", (_what, text, clean) => {
    expect(redactorOf(KEY).redactLines(text)).toBe(clean);
  });

  test.each([
    ["that stands across a line end by chance", 'served"}\n{"level"'],
    ["that ends with one", 'served"}\n'],
    ["that begins with one", '\n{"level":'],
  ])("and joins none for a secret %s", (_what, secret) => {
    const lines = '{"msg":"served"}\n{"level":"info"}\n';
    expect(redactorOf(secret).redactLines(lines)).toBe(lines);
    expect(redactorOf(secret).redact(lines)).not.toBe(lines);
  });

  test("and finds a secret that holds a line end where it is escaped", () => {
    const secret = "fake-first-line\nfake-second-line";
    const line = `${JSON.stringify({ said: `it is ${secret}.` })}\n`;
    expect(redactorOf(secret).redactLines(line)).toBe('{"said":"it is fake...line."}\n');
  });

  test("together as it masks each alone", () => {
    const piece = fc.constantFrom(
      ...["sk-fake-", "hf_", "0123456789abcdef", "Bearer ", "http://", "user:", "@host", jwt, jwt.slice(0, 30), KEY],
      ...[KEY.slice(0, 12), KEY.slice(12), " ", '"', "\\n", "tok", "AIza", "disk-usage"],
    );
    const line = fc.array(piece, { maxLength: 8 }).map((pieces) => `${pieces.join("")}\n`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const redactor = redactorOf(KEY, "tok");
        expect(redactor.redactLines(lines.join(""))).toBe(lines.map((one) => redactor.redact(one)).join(""));
      }),
      { numRuns: 300 },
    );
  });
});

describe("Redactor.find", () => {
  test.each<[string, readonly string[]]>([
    ["nothing at all", []],
    [`a ${KEY} and ${encodeURIComponent(KEY)}`, [KEY, encodeURIComponent(KEY)]],
    ["the word tok, not token", ["tok"]],
    ["sk-fakefakefakefake and\nhttp://me:password@proxy.example", ["sk-fakefakefakefake", "password"]],
    ["passing-by-1234", ["passing-by-1234"]],
  ])("says where secrets stand in %j", (text, expected) => {
    const redactor = redactorOf(KEY, "tok");
    redactor.addPassing(["passing-by-1234"]);
    expect(redactor.find(text).map(({ start, end }) => text.slice(start, end))).toEqual([...expected]);
  });

  test("finds something wherever redact masks something", () => {
    const part = fc.constantFrom("x", " ", "\n", KEY, "tok", "sk-fakefakefakefake", "Bearer ", "http://a:", "@", '"');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        const redactor = redactorOf(KEY, "tok");
        expect(redactor.find(text).length > 0).toBe(redactor.redact(text) !== text);
      }),
      { numRuns: 300 },
    );
  });
});

test("Redactor leaves no known secret in any text around it", () => {
  const secret = fc.string({ minLength: 13, maxLength: 60, unit: fc.constantFrom(..."abcXYZ019-_./+=") });
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 20 }), fc.string(), fc.string(), (secrets, left, right) => {
      const redactor = redactorOf(...secrets);
      for (const one of secrets) {
        const clean = redactor.redact(left + one + right);
        expect(clean.length).toBeLessThan(left.length + one.length + right.length);
        expect(clean).not.toContain(one);
      }
    }),
  );
});

test("Redactor finds one of 10,000 secrets with the same start", () => {
  const secrets = Array.from({ length: 10_000 }, (_, at) => `sk-proj-fake-${"x".repeat(100)}-${at}-T3BlbkFJ`);
  const redactor = redactorOf(...secrets);
  const text = `${"An upstream error text that quotes a key. ".repeat(100)}${secrets[7_654]}`;
  for (let turn = 0; turn < 100; turn++) expect(redactor.redact(text)).toEndWith("sk-p...bkFJ");
});
