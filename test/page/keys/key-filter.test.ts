// Filters and orders in the address, and as the control API takes them.
import { describe, expect, test } from "bun:test";
import { KEY_STATES as STATES } from "../../../src/admin/key-rows.ts";
import { KEY_SORTS } from "../../../src/admin/key-sorts.ts";
import { isFiltered, KEY_STATES, readFilter, selectionFields } from "../../../src/page/keys/key-filter.ts";
import { type KeyOrder, nextOrder, orderPatch, readOrder, SORTS } from "../../../src/page/keys/key-order.ts";
import { searchWord } from "../../../src/page/keys/search-word.ts";

const filterOf = (query: string) => readFilter(new URLSearchParams(query));
const orderOf = (query: string) => readOrder(new URLSearchParams(query));

test("the states and sorts are those of the control API", () => {
  expect([...KEY_STATES]).toEqual([...STATES]);
  expect(KEY_SORTS).toEqual(expect.arrayContaining([...SORTS]));
});

test.each<[string, object]>([
  ["", {}],
  ["provider=&search=&status=&min_failures=", {}],
  ["provider=openai", { provider: "openai" }],
  ["status=invalid&status=ready&status=nonsense", { status: ["invalid", "ready"] }],
  ["search=a%20b&min_failures=3", { search: "a b", min_failures: 3 }],
  ["min_failures=-1", {}],
  ["min_failures=1.5", {}],
  ["min_failures=many", {}],
])("the address %j selects by %j", (query, fields) => {
  expect(selectionFields(filterOf(query))).toEqual(fields);
  expect(isFiltered(filterOf(query))).toBe(Object.keys(fields).length > 0);
});

test.each([
  ["sk-fake-0123456789abcdef", "sk-f...cdef"],
  ["  Bearer gsk_fake0123456789abcd ", "gsk_...abcd"],
  ["sk-f...cdef", "sk-f...cdef"],
  ["sk-short", "sk-short"],
  ["production-team-of-europe-1", "production-team-of-europe-1"],
  ["rate limit", "rate limit"],
])("a search for %j looks for %j", (text, word) => {
  expect(searchWord(text)).toBe(word);
});

describe("an order", () => {
  test.each<[string, KeyOrder]>([
    ["", { sort: undefined, isDescending: false }],
    ["sort=name", { sort: "name", isDescending: false }],
    ["sort=used_24h&descending=true", { sort: "used_24h", isDescending: true }],
    ["sort=secret&descending=true", { sort: undefined, isDescending: false }],
  ])("in the address %j", (query, order) => {
    expect(orderOf(query)).toEqual(order);
    const fields = Object.entries(orderPatch(order)).filter(([, value]) => value !== undefined);
    expect(orderOf(String(new URLSearchParams(fields as [string, string][])))).toEqual(order);
  });

  test("goes this way, the other way, and back to the configuration's", () => {
    const none = orderOf("");
    const up = nextOrder(none, "name");
    expect([up, nextOrder(up, "name"), nextOrder(nextOrder(up, "name"), "name")]).toEqual([
      { sort: "name", isDescending: false },
      { sort: "name", isDescending: true },
      none,
    ]);
    const most = nextOrder(up, "last_used");
    expect([most, nextOrder(most, "last_used")]).toEqual([
      { sort: "last_used", isDescending: true },
      { sort: "last_used", isDescending: false },
    ]);
  });
});
