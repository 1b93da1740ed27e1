// Two texts as lines that went and lines that came, with some of what stays around them.
import { useMemo } from "preact/hooks";
import { useModule } from "../api/use-module.ts";
import { t } from "../texts/texts.ts";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { Skeleton } from "../ui/notice.tsx";

export interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}

const loadDiff = () => import("./editor/diff-lines.ts");

const SIGNS = { same: " ", gone: "−", new: "+", skipped: "⋯" } as const;

export function DiffView({ before, after, label }: DiffViewProps) {
  const { module, hasFailed, retry } = useModule(loadDiff);
  const lines = useMemo(() => module?.diffLines(before, after), [module, before, after]);
  if (hasFailed) return <FailureNotice text={t("config.diff_failed")} onRetry={retry} />;
  if (lines === undefined) return <Skeleton label={t("ui.loading")} lines={4} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="config-diff" aria-label={label} tabIndex={0}>
      {lines.map((line) => (
        <div key={`${line.kind} ${line.before} ${line.after}`} class={`config-diff-line config-diff-${line.kind}`}>
          <span class="config-diff-number">{line.before ?? ""}</span>
          <span class="config-diff-number">{line.after ?? ""}</span>
          <span class="config-diff-sign">{SIGNS[line.kind]}</span>
          <span class="config-diff-text">
            {line.kind === "skipped" ? t("config.skipped", { count: line.count }) : shownSecrets(line.text)}
          </span>
        </div>
      ))}
    </section>
  );
}

/** As in the editor a secret is told by its mask alone. */
function shownSecrets(text: string): string {
  return text.replace(/⟦secret:\w+:([^⟦⟧\s]*)⟧/g, "⟦$1⟧");
}
