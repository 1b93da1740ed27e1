// Reads and cuts CHANGELOG.md: a heading of second level for each version, the one that is being written first.

const UNRELEASED = "Unreleased";
/** Semantic Versioning 2.0.0, with an optional pre-release. */
const VERSION = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

interface Section {
  readonly heading: string;
  readonly text: string;
}

/** What a version brings. @throws Error where it has no section, or an empty one. */
export function notesOf(changelog: string, version: string): string {
  const found = sectionsOf(changelog).find(({ heading }) => heading.split(" ")[0] === version);
  if (found === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"`);
  if (found.text === "") throw new Error(`The section "## ${version}" of CHANGELOG.md is empty`);
  return found.text;
}

/** The changelog with what was unreleased as this version. @param date such as 2027-01-15. @throws Error. */
export function cutChangelog(changelog: string, version: string, date: string): string {
  if (!VERSION.test(version)) throw new Error(`"${version}" is no version such as 1.2.3`);
  if (sectionsOf(changelog).some(({ heading }) => heading.split(" ")[0] === version))
    throw new Error(`CHANGELOG.md has a section "## ${version}" already`);
  notesOf(changelog, UNRELEASED);
  return changelog.replace(`## ${UNRELEASED}\n`, `## ${UNRELEASED}\n\n## ${version} - ${date}\n`);
}

function sectionsOf(changelog: string): readonly Section[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [heading = "", ...lines] = part.split("\n");
      return { heading: heading.trim(), text: lines.join("\n").trim() };
    });
}
