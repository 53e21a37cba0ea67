import type { Receipt } from "@coterie/wire";
import { contextToText } from "./key-value-text.ts";
import { receiptToJson, receiptToText } from "./receipt.ts";
import { colors, print, type Terminal } from "./terminal.ts";

/** What a put or a delete came to. */
export function printWritten(
  terminal: Terminal,
  json: boolean,
  done: string,
  { context, receipt }: { context: Uint8Array; receipt?: Receipt | undefined },
): void {
  const text = contextToText(context);
  if (json) {
    print(terminal, JSON.stringify({ context: text, receipt: receiptToJson(receipt) }));
    return;
  }
  const { dim } = colors(terminal);
  print(terminal, `${done}, on disk at ${receiptToText(receipt, "w")}`);
  print(terminal, dim(`context ${text}`));
}
