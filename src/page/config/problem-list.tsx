// What is wrong or doubtful with the text; each leads to its line.
import { t } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import type { Diagnostic } from "./use-config-draft.ts";

export interface ProblemListProps {
  /** Undefined while they are not known. */
  readonly diagnostics: readonly Diagnostic[] | undefined;
  readonly onShow?: (problem: Diagnostic) => void;
}

export function ProblemList({ diagnostics, onShow }: ProblemListProps) {
  if (diagnostics === undefined) return <p class="soft">{t("config.checking")}</p>;
  if (diagnostics.length === 0) return onShow === undefined ? null : <p class="soft">{t("config.no_problems")}</p>;
  return (
    <ul class="config-problems">
      {diagnostics.map((problem) => (
        <li key={`${problem.line}:${problem.column}:${problem.path}:${problem.message}`}>
          <Problem problem={problem} onShow={onShow} />
        </li>
      ))}
    </ul>
  );
}

interface ProblemProps {
  readonly problem: Diagnostic;
  readonly onShow: ProblemListProps["onShow"];
}

function Problem({ problem, onShow }: ProblemProps) {
  const { severity, line, path, message } = problem;
  const content = (
    <>
      <WordBadge
        tone={severity === "error" ? "bad" : "warn"}
        text={severity === "error" ? "config.error" : "config.warning"}
      />
      {line !== undefined && <span class="number">{t("config.line", { line })}</span>}
      <span class="config-problem-text">
        {path !== "" && <span class="mono">{path}: </span>}
        {message}
      </span>
    </>
  );
  if (line === undefined || onShow === undefined) return <div class="config-problem">{content}</div>;
  return (
    <button type="button" class="config-problem" onClick={() => onShow(problem)}>
      {content}
    </button>
  );
}
