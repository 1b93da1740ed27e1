// What an answer says it consumed, in one vocabulary for all protocols.

/**
 * Token counts as the provider reported them; absent fields were not reported.
 * `promptTokens` includes `cachedTokens`, `completionTokens` includes `reasoningTokens`, whatever the provider's own
 * convention is.
 */
export interface Usage {
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly cachedTokens?: number;
  readonly reasoningTokens?: number;
}
