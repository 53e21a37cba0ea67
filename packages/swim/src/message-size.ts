import type { NodeId } from "@coterie/core";
import type { MemberRecord } from "./member-record.ts";
import type { MessageBody } from "./messages.ts";

// How many bytes the codec will write, without writing them: a message is filled up to its budget, and
// under the simulator none is ever encoded. A property test holds the two together.

/** Bytes of one record. */
export function recordBytes(record: MemberRecord): number {
  return (
    textBytes(record.id) +
    textBytes(record.address) +
    varintBytes(record.incarnation) +
    4 +
    1 +
    varintBytes(record.metadata.length) +
    record.metadata.length +
    (record.state === "suspect" ? textBytes(record.accuser ?? record.id) : 0)
  );
}

/** Bytes of a message with no updates, as many as there may be of them. */
export function emptyMessageBytes(
  from: NodeId,
  incarnation: number,
  to: NodeId | undefined,
  knows: number,
  body: MessageBody,
): number {
  const header =
    2 + textBytes(from) + 4 + varintBytes(incarnation) + textBytes(to ?? "") + varintBytes(knows);
  return header + bodyBytes(body) + COUNT_BYTES;
}

/** The most that a range's bounds and the count of its records take. */
export const RANGE_BYTES_MAX = 2 * 65 + 2;

/** A count of records, below 16,384 as messages hold at most 64 KiB. */
const COUNT_BYTES = 2;

function bodyBytes(body: MessageBody): number {
  switch (body.type) {
    case "ping":
    case "nack":
      return 4;
    case "ack":
      return 4 + textBytes(body.of);
    case "pingReq":
      return (
        4 +
        textBytes(body.target.id) +
        textBytes(body.target.address) +
        varintBytes(body.nackAfterMs)
      );
    case "syncRequest":
      return 8;
    case "syncRange":
      return textBytes(body.after ?? "") + textBytes(body.upTo ?? "") + sum(body.records);
    case "records":
      return sum(body.records);
    case "gossip":
      return 0;
  }
}

function sum(records: readonly MemberRecord[]): number {
  return records.reduce((bytes, record) => bytes + recordBytes(record), COUNT_BYTES);
}

function textBytes(text: string): number {
  return varintBytes(text.length) + text.length;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
