// The export of request records as a browser gets it that follows a link of the page: by its cookie, and from there alone.
import { expect, test } from "bun:test";
import { CLIENT, openAdminLab } from "./admin-lab.ts";

const PATH = "/admin/api/logs.export?errors=true&download=csv";
const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test("a session downloads by GET; other pages, client tokens and nobody do not", async () => {
  await using opened = await openAdminLab();
  const cookie = await opened.login();
  const own = { ...NAVIGATION, cookie, "sec-fetch-site": "same-origin" };
  const { status, headers, text } = await opened.ask(PATH, { headers: own });
  expect([status, text.split("\r\n").length]).toEqual([200, 2]);
  expect(headers.get("content-disposition")).toMatch(
    /^attachment; filename="openai-balance-requests-\d{8}T\d{6}Z\.csv"$/,
  );
  expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
  const refused = async (given: Readonly<Record<string, string>>) =>
    (await opened.ask(PATH, { headers: { ...NAVIGATION, ...given } })).status;
  expect(await refused({ cookie, "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await refused({ cookie, origin: "https://other.example" })).toBe(403);
  expect(await refused({ cookie, host: "rebound.example" })).toBe(403);
  expect(await refused({ authorization: `Bearer ${CLIENT}` })).toBe(401);
  expect(await refused({})).toBe(401);
});
