// Filters of the address, and what is asked of the daemon for them.
import { expect, test } from "bun:test";
import { logsList } from "../../../src/admin/operations/logs.ts";
import { countFilters, FILTER_FIELDS, presetOf, selectionOf } from "../../../src/page/logs/log-filter.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const of = (query: string) => selectionOf(new URLSearchParams(query), NOW);

test("every filter of the daemon can be set, under a name that it takes", () => {
  const all = of(
    "text=a&status=5xx&outcome=timeout&end=error&provider=p&key=k&model=m&token=t&operation=o&id=i&errors=1&slow=1.5&attempts=2&since=2026-02-01T00:00:00Z&until=2026-02-02T00:00:00Z",
  );
  expect(logsList.input.parse(all)).toMatchObject(all);
  const {
    sort: _sort,
    order: _order,
    limit: _limit,
    cursor: _cursor,
    after: _after,
    ...filters
  } = logsList.input.shape;
  expect(Object.keys(all).toSorted()).toEqual(Object.keys(filters).toSorted());
});

test("presets count back from now, before an own span", () => {
  expect(of("time=1h&since=2026-02-01T00:00:00Z")).toEqual({ since: "2026-03-01T11:00:00.000Z" });
  expect(presetOf(new URLSearchParams("time=toString"))).toBeUndefined();
});

test.each(["", "text=", "text=%20", "slow=x", "slow=-1", "attempts=0", "since=yesterday", "errors=0", "other=1"])(
  "%p asks for everything",
  (query) => {
    expect(of(query)).toEqual({});
  },
);

test("set filters are counted, a span once", () => {
  expect(countFilters(new URLSearchParams("text=a&since=b&until=c&sort=cost&tab=daemon&key="))).toBe(2);
  expect(new Set(FILTER_FIELDS).size).toBe(FILTER_FIELDS.length);
});
