// Names the answer formats whose streams and errors the relay understands.

/** The format of an answer; `other` is relayed without a terminator, a usage report or a preamble. */
export type StreamProtocol =
  | "chat"
  | "completions"
  | "responses"
  | "messages"
  | "gemini"
  /** The same without `alt=sse`: one JSON array, whose elements come as they are made. */
  | "gemini-array"
  | "interactions"
  | "assistants"
  /** Speech, transcripts, images. */
  | "media"
  | "other";
