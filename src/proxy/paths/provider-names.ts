// Finds the provider that a path segment names.
import type { DialectName } from "../../config/config.ts";

/** A provider as routes see it. */
export interface ProviderName {
  readonly name: string;
  readonly path: string;
  readonly dialect: DialectName;
  /** Path prefixes that its dialect serves natively, without slashes at the ends. */
  readonly nativePrefixes: readonly string[];
  /** It serves Google's API, whose version `v1` has the place of OpenAI's. @default false */
  readonly isGoogle?: boolean;
}

export interface ProviderNames {
  readonly byName: ReadonlyMap<string, ProviderName>;
  readonly byPath: ReadonlyMap<string, ProviderName>;
}

/** Encoded `/`, `\` and NUL, which one server would take for a separator and the next one not. */
const ENCODED_SEPARATOR = /%(?:2f|5c|00)/i;

/** Indexes providers, usually the enabled ones; of a repeated name or path the first counts. */
export function createProviderNames(providers: readonly ProviderName[]): ProviderNames {
  const reversed = providers.toReversed();
  return {
    byName: new Map(reversed.map((provider) => [provider.name, provider])),
    byPath: new Map(reversed.map((provider) => [provider.path, provider])),
  };
}

/** The provider of that name, else of that path; case counts, percent-encoding (RFC 3986, 2.1) does not. */
export function findProvider(names: ProviderNames, segment: string): ProviderName | undefined {
  const text = segment.includes("%") ? decodeSegment(segment) : segment;
  if (text === undefined) return undefined;
  return names.byName.get(text) ?? names.byPath.get(text);
}

/** True where a segment holds an encoded `/`, `\` or NUL. */
export function hasEncodedSeparator(segment: string): boolean {
  return ENCODED_SEPARATOR.test(segment);
}

function decodeSegment(segment: string): string | undefined {
  if (hasEncodedSeparator(segment)) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
