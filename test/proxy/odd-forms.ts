// Parts, between others with the boundary XX, in which some readers of forms find a model and others none.

/** What is odd, and the bytes. */
export const ODD_FORMS: readonly (readonly [name: string, form: string])[] = [
  ["a part between bare line feeds", '--XX\nContent-Disposition: form-data; name="model"\n\nb\n'],
  ["a part behind a bare line feed", 'x\n--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nb\r\n'],
  ["a part behind a bare return", 'x\r--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nb\r\n'],
  [
    "a boundary with much behind it",
    `--XX${" ".repeat(64)}\nContent-Disposition: form-data; name="model"\r\n\r\nb\r\n`,
  ],
  ["headers that are too long", partWith(`X: ${"y".repeat(9000)}\r\nContent-Disposition: form-data; name="model"`)],
  ["a name in the next line", partWith('Content-Disposition: form-data;\r\n name="model"')],
  ["a header in a header", partWith('X: y\nContent-Disposition: form-data; name="model"')],
  ["two names", partWith('Content-Disposition: form-data; name="x"; name="model"')],
  ["a name in a file name", partWith('Content-Disposition: form-data; filename="; name=x; "; name="model"; name=x')],
  ["quotes in quotes", partWith('Content-Disposition: form-data; filename="a"; name=x"; name="model"')],
  ["an encoded name", partWith("Content-Disposition: form-data; name*=UTF-8''model")],
  ["a name in pieces", partWith('Content-Disposition: form-data; name*0="mod"; name*1="el"')],
  ["an escaped name", partWith('Content-Disposition: form-data; name="mod\\el"')],
  [
    "two dispositions",
    partWith('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"'),
  ],
];

/** Content types of a form in which readers find different boundaries. */
export const ODD_TYPES: readonly string[] = [
  "multipart/form-data; boundary=YY; boundary=XX",
  'multipart/form-data; x="; boundary=XX; "; boundary=YY',
  "multipart/form-data; boundary=XX; boundary*=UTF-8''YY",
  "multipart/form-data; boundary=XX; boundary*0=YY",
  'multipart/form-data; boundary="X\\X"',
  "multipart/form-data; boundary=XX, multipart/form-data; boundary=YY",
];

function partWith(headers: string): string {
  return `--XX\r\n${headers}\r\n\r\nb\r\n`;
}
