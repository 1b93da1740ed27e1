// Reads a page of a list in its bytes, and makes one of several.
import { type JsonMember, scanMembers, skipBlanks, skipValue } from "../body/json-scan.ts";

/** `elements`: the bytes of each object. */
export interface ListPage {
  readonly elements: readonly Uint8Array[];
  readonly hasMore: boolean;
}

const MEMBERS: ReadonlySet<string> = new Set(["data", "has_more", "first_id", "last_id"]);
const ID: ReadonlySet<string> = new Set(["id"]);
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;

/** Undefined for what is no list. Without `has_more` it is the whole list. */
export function readPage(body: Uint8Array): ListPage | undefined {
  const members = scanMembers(body, MEMBERS);
  const data = members?.find(({ name }) => name === "data");
  if (members === undefined || data === undefined || body[data.start] !== OPEN_BRACKET) return undefined;
  const more = members.find(({ name }) => name === "has_more");
  return { elements: elementsOf(body, data), hasMore: more !== undefined && textOf(body, more) === "true" };
}

/** The first page with the objects of all; other members of it stay as they are. */
export function joinPages(first: Uint8Array, pages: readonly ListPage[], hasMore: boolean): Uint8Array {
  const elements = pages.flatMap((page) => page.elements);
  const parts: Buffer[] = [];
  let at = 0;
  for (const member of scanMembers(first, MEMBERS) ?? []) {
    parts.push(Buffer.from(first.subarray(at, member.start)), joinedValue(member.name, elements, hasMore));
    at = member.end;
  }
  return Buffer.concat([...parts, first.subarray(at)]);
}

function joinedValue(name: string, elements: readonly Uint8Array[], hasMore: boolean): Buffer {
  switch (name) {
    case "data":
      return listOf(elements);
    case "has_more":
      return Buffer.from(String(hasMore));
    case "first_id":
      return idOf(elements[0]);
    default:
      return idOf(elements.at(-1));
  }
}

function listOf(elements: readonly Uint8Array[]): Buffer {
  const parts = elements.flatMap((element, index) => (index === 0 ? [element] : [Buffer.from(","), element]));
  return Buffer.concat([Buffer.from("["), ...parts, Buffer.from("]")]);
}

function idOf(element: Uint8Array | undefined): Buffer {
  const id = element && scanMembers(element, ID)?.[0];
  return element === undefined || id === undefined
    ? Buffer.from("null")
    : Buffer.from(element.subarray(id.start, id.end));
}

function elementsOf(body: Uint8Array, { start, end }: JsonMember): readonly Uint8Array[] {
  const list = body.subarray(start, end);
  const elements: Uint8Array[] = [];
  let at = skipBlanks(list, 1);
  for (;;) {
    const after = skipValue(list, at);
    if (after <= at) return elements;
    elements.push(list.subarray(at, after));
    at = skipBlanks(list, after);
    if (list[at] !== COMMA) return elements;
    at = skipBlanks(list, at + 1);
  }
}

function textOf(body: Uint8Array, { start, end }: JsonMember): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1", start, end);
}
