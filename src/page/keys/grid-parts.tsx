// Rows and cells of a grid that is no table of the document: its rows are placed by hand, and the grid has the focus.
import type { ComponentChildren, HTMLAttributes } from "preact";

export interface GridRowProps extends Omit<HTMLAttributes<HTMLDivElement>, "role"> {
  /** Counted from 1, over all rows. */
  readonly place: number;
}

export function GridRow({ place, ...rest }: GridRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of a table cannot stand where it is put
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
    <div role="row" aria-rowindex={place} {...rest} />
  );
}

export interface GridCellProps {
  /** As styles name it. */
  readonly name: string;
  readonly isNumber?: boolean;
  readonly title?: string | undefined;
  /** What stands before it where there is no head above it. */
  readonly label?: string | undefined;
  readonly children?: ComponentChildren;
}

export function GridCell({ name, isNumber = false, title, label, children }: GridCellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: its row is none of a table
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div role="gridcell" class={cellClass(name, isNumber)} title={title} data-label={label}>
      {children}
    </div>
  );
}

export interface GridHeadProps extends Omit<GridCellProps, "title" | "label"> {
  /** Undefined where the rows are not in its order. */
  readonly sorted?: "ascending" | "descending" | undefined;
}

export function GridHead({ name, isNumber = false, sorted, children }: GridHeadProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: its row is none of a table
    // biome-ignore lint/a11y/useFocusableInteractive: what is in it has the focus
    <div role="columnheader" class={cellClass(name, isNumber)} aria-sort={sorted}>
      {children}
    </div>
  );
}

function cellClass(name: string, isNumber: boolean): string {
  return `keys-cell keys-cell-${name}${isNumber ? " number" : ""}`;
}
