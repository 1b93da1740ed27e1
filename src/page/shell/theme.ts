// Light or dark, as the system has it or as the user chose.
import { Observable } from "../api/observable.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = "openai-balance-theme";

export const theme = new Observable<Theme>("system");

/** What was chosen before. */
export function restoreTheme(): void {
  apply(readStored());
}

export function chooseTheme(chosen: Theme): void {
  try {
    localStorage.setItem(STORED_AS, chosen);
  } catch {
    // A browser that keeps nothing shows it until the page is closed.
  }
  apply(chosen);
}

function apply(chosen: Theme): void {
  const { dataset } = document.documentElement;
  if (chosen === "system") delete dataset.theme;
  else dataset.theme = chosen;
  theme.set(chosen);
}

function readStored(): Theme {
  try {
    const stored = localStorage.getItem(STORED_AS);
    return THEMES.find((one) => one === stored) ?? "system";
  } catch {
    return "system";
  }
}
