// What can be done with the requests of the list: follow them, take them along, delete them.
import { useState } from "preact/hooks";
import { operationUrl } from "../api/call-operation.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { type RecordSelection, selectionOf } from "./log-filter.ts";

export interface ListActionsProps {
  readonly query: URLSearchParams;
  /** The list shows what comes. */
  readonly canFollow: boolean;
  readonly isPaused: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  /** Some were deleted. */
  readonly onDone: () => void;
}

export function ListActions({ query, canFollow, isPaused, setPaused, onDone }: ListActionsProps) {
  const [meant, setMeant] = useState<RecordSelection>();
  const selection = selectionOf(query, Date.now());
  return (
    <div class="row">
      {canFollow && (
        <Button isSmall aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {t("logs.live.pause")}
        </Button>
      )}
      <span class="logs-space" />
      {(["csv", "ndjson"] as const).map((form) => (
        <a
          key={form}
          class="button button-small"
          download
          href={operationUrl("logs.export", { ...selection, download: form })}
        >
          {t(`logs.export.${form}`)}
        </a>
      ))}
      <Button isSmall kind="danger" onClick={() => setMeant(selectionOf(query, Date.now()))}>
        {t("logs.delete.open")}
      </Button>
      {meant !== undefined && <DeleteDialog selection={meant} onClose={() => setMeant(undefined)} onDone={onDone} />}
    </div>
  );
}
