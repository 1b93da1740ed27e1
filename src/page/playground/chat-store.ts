// The conversation of this document: it outlives a look at another page, and nothing keeps it any longer.
import { streamOperation } from "../api/call-operation.ts";
import { ChatSession } from "./chat-session.ts";

export const chatSession = new ChatSession({
  ask: (input, signal) => streamOperation("chat", input, signal),
  now: () => performance.now(),
  onPicture: (draw) => void requestAnimationFrame(draw),
});
