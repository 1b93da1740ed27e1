// Variables of other setups that do nothing here, and what to do instead.

/** A `*` at the end stands for anything. */
export interface SeedNote {
  readonly variables: readonly string[];
  readonly instead: string;
  /** The variable means something elsewhere too: with a config file nothing is said about it. */
  readonly isCommon?: boolean;
}

export const SEED_NOTES: readonly SeedNote[] = [
  { variables: ["TIMEZONE"], instead: "nothing runs at a time of day: remove the variable", isCommon: true },
  {
    variables: ["DATABASE_TYPE", "MYSQL_*", "SQLITE_DATABASE"],
    instead: "the database is a file in the data folder: remove the variable",
    isCommon: true,
  },
  { variables: ["GITHUB_REPO_*"], instead: "new versions are not looked up: remove the variable", isCommon: true },
];

/** The note on a variable. */
export function seedNoteOn(variable: string): SeedNote | undefined {
  return SEED_NOTES.find(({ variables }) =>
    variables.some((name) => (name.endsWith("*") ? variable.startsWith(name.slice(0, -1)) : variable === name)),
  );
}
