// The few facts of a request body that decide where it goes and what it may spend.

/** Bytes, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface BodyFacts {
  readonly isJson: boolean;
  readonly model?: string;
  /** Where the model stands: a JSON string with its quotes, or the content of a form part. */
  readonly modelSpan?: Span;
  readonly stream?: boolean;
  readonly background?: boolean;
  readonly previousResponseId?: string;
  /** The answer is to be kept by the provider. */
  readonly isStored?: boolean;
  readonly hasConversation: boolean;
  readonly hasEncryptedContent: boolean;
  /** How many tokens of output it allows; the largest of several limits. */
  readonly maxOutput?: number;
  /** How many answers it asks for, each of that length; the largest of several numbers. */
  readonly choices?: number;
  /** It names further models, which may serve it as well, or a reader other than ours could find one. */
  readonly namesMoreModels?: boolean;
  readonly promptCacheKey?: string;
  readonly user?: string;
  /** What a conversation begins with: instructions first, then the messages. */
  readonly leading?: readonly Span[];
  /** Ids of stored objects in the fields of a form. */
  readonly objectIds?: readonly string[];
  /** A field that stands more than once, so that two readers could disagree. */
  readonly ambiguous?: string;
}

/** Names of models and ids are shorter than this; a longer text is looked at no further. */
export const MAX_FIELD_BYTES = 1024;

/** A body that says nothing to us; it goes upstream as it is. */
export const NO_FACTS: BodyFacts = { isJson: false, hasConversation: false, hasEncryptedContent: false };
