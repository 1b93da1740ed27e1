// What the editor itself says, in the language of the user.
import { t } from "../../texts/texts.ts";

/** By the phrases that the library has in English. */
export function editorWords(): Readonly<Record<string, string>> {
  return {
    Find: t("config.search.find"),
    Replace: t("config.search.replace"),
    next: t("config.search.next"),
    previous: t("config.search.previous"),
    all: t("config.search.all"),
    "match case": t("config.search.case"),
    regexp: t("config.search.regexp"),
    "by word": t("config.search.word"),
    replace: t("config.search.replace_one"),
    "replace all": t("config.search.replace_all"),
    close: t("ui.close"),
    "Go to line": t("config.search.line"),
    go: t("config.search.go"),
    Diagnostics: t("config.problems"),
    "No diagnostics": t("config.no_problems"),
  };
}
