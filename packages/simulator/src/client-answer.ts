import { assert } from "@coterie/core";
import type { CallResult } from "@coterie/peer-session";
import { type ClientReply, Error_Code, type Receipt } from "@coterie/wire";
import type { CallOutcome, CallReceipt } from "./history.ts";

export function outcomeOf(result: CallResult<ClientReply>): CallOutcome {
  if (result.type === "notSent") return "failed";
  if (result.type === "lost") return "inDoubt";
  const { body } = result.reply;
  if (body.case !== "error") return "ok";
  switch (body.value.code) {
    case Error_Code.INVALID:
      return "invalid";
    case Error_Code.IN_DOUBT:
    case Error_Code.INTERNAL:
      return "inDoubt";
    default:
      return "failed";
  }
}

export function describe(result: CallResult<ClientReply>): string {
  if (result.type !== "reply") return ` (${result.reason})`;
  const { body } = result.reply;
  return body.case === "error" ? ` (${body.value.message})` : "";
}

export function acknowledgementOf(result: CallResult<ClientReply>): {
  context: Uint8Array;
  receipt: Receipt | undefined;
  attemptedAgain: boolean;
} {
  assert(result.type === "reply", "what was acknowledged has a reply");
  const { body } = result.reply;
  assert(body.case === "put" || body.case === "delete", "a write has the answer of another call");
  const { context, receipt, attemptedAgain } = body.value;
  return { context, receipt, attemptedAgain };
}

export function receiptOf(
  { acknowledged, primaries, intersects }: Receipt,
  holders?: number,
): CallReceipt {
  return { acknowledged, primaries, intersects, holders };
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
