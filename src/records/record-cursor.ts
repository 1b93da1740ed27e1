// Where a page of request records ends, as a text that its reader hands back for the next one.
import { UserError } from "../core/user-error.ts";
import type { RecordQuestion } from "./record-filter.ts";
import type { Standing } from "./record-order.ts";

type Ordered = Pick<RecordQuestion, "sort" | "order">;

const FORM = 2;

/** `isBack`: the page that ends before that place, in place of the one that begins behind it. */
export interface CursorPlace extends Standing {
  readonly isBack: boolean;
}

/** `value`: zero in the order of time. */
export function writeCursor({ sort, order }: Ordered, { value, seq, isBack }: CursorPlace): string {
  return Buffer.from(JSON.stringify([FORM, sort, order, value, seq, isBack])).toString("base64url");
}

/** @throws UserError for a text that is no cursor, and for one of another order. */
export function readCursor({ sort, order }: Ordered, cursor: string): CursorPlace {
  const [form, itsSort, itsOrder, value, seq, isBack] = partsOf(cursor);
  const isPlace = Number.isSafeInteger(value) && Number.isSafeInteger(seq) && typeof isBack === "boolean";
  if (form !== FORM || !isPlace) {
    throw new UserError("Cannot go on from that cursor: it is none that an earlier page gave");
  }
  if (itsSort !== sort || itsOrder !== order) {
    throw new UserError(
      "Cannot go on from that cursor: the page that gave it was sorted otherwise; begin without a cursor",
    );
  }
  return { value: value as number, seq: seq as number, isBack };
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
