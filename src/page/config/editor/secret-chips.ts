// Shows the placeholder of a secret as one thing with its mask, which is moved and removed as a whole.
import { type Extension, type Range, RangeSet } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, MatchDecorator, ViewPlugin, WidgetType } from "@codemirror/view";
import { t } from "../../texts/texts.ts";

const PLACEHOLDER = /⟦secret:[0-9a-f]{10}:([^⟦⟧\s]*)⟧/g;

export function secretChips(): Extension {
  const matcher = new MatchDecorator({
    regexp: PLACEHOLDER,
    decoration: ([, mask = ""]) => Decoration.replace({ widget: new SecretChip(mask) }),
  });
  return ViewPlugin.define(
    (view) => ({
      chips: matcher.createDeco(view),
      update(update) {
        this.chips = matcher.updateDeco(update, this.chips);
      },
    }),
    {
      decorations: ({ chips }) => chips,
      provide: (plugin) => EditorView.atomicRanges.of((view): DecorationSet => view.plugin(plugin)?.chips ?? NO_CHIPS),
    },
  );
}

const NO_CHIPS: DecorationSet = RangeSet.of<Decoration>([] as Range<Decoration>[]);

class SecretChip extends WidgetType {
  readonly #mask: string;

  constructor(mask: string) {
    super();
    this.#mask = mask;
  }

  override eq(other: SecretChip): boolean {
    return other.#mask === this.#mask;
  }

  override toDOM(): HTMLElement {
    const chip = document.createElement("span");
    chip.className = "cm-secret";
    chip.title = t("config.secret_hint");
    chip.textContent = `⟦${this.#mask}⟧`;
    return chip;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}
