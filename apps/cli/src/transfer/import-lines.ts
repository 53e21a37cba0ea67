import { createHash } from "node:crypto";
import { CoterieError, type RawBucket, type WriteOptions } from "@coterie/client";
import { mapConcurrently } from "@coterie/client/core";
import { bytesEqual } from "@coterie/core";
import type { Progress } from "./checkpoint.ts";
import type { Line } from "./read-lines.ts";
import { type ImportRecord, parseLine } from "./record.ts";

export interface ImportOptions {
  readonly bucket: RawBucket;
  /** The field that holds a record's key; undefined: the lines are of an export. */
  readonly keyField: string | undefined;
  /** Reads first, and writes over what is there. */
  readonly replace: boolean;
  readonly write: WriteOptions;
  readonly concurrency: number;
}

/** What became of a line. `progress` covers it and all before it; it stands still from the first failed write on. */
export interface LineOutcome {
  readonly line: number;
  readonly type: "written" | "empty" | "malformed" | "failed";
  /** A sentence. */
  readonly detail: string;
  readonly progress: Progress;
}

/** So many failed writes in a row end the import: the cluster is not there. */
const FAILURES_MAX = 100;

/** Writes lines, a bounded number at once, and says in their order what became of each. */
export async function* importLines(
  lines: AsyncIterable<Line>,
  from: Progress,
  options: ImportOptions,
): AsyncGenerator<LineOutcome, void, undefined> {
  let progress = from;
  let failed = false;
  let inARow = 0;
  const outcomes = mapConcurrently(lines, options.concurrency, async (line) => ({
    line,
    ...(await importLine(line, options)),
  }));
  for await (const { line, type, detail } of outcomes) {
    failed ||= type === "failed";
    inARow = type === "failed" ? inARow + 1 : 0;
    if (!failed) {
      progress = {
        offset: line.nextOffset,
        lines: line.number,
        records: progress.records + (type === "written" ? 1 : 0),
        malformed: progress.malformed + (type === "malformed" ? 1 : 0),
      };
    }
    yield { line: line.number, type, detail, progress };
    if (inARow >= FAILURES_MAX) return;
  }
}

async function importLine(
  { number, text, fault = "" }: Line,
  options: ImportOptions,
): Promise<Pick<LineOutcome, "type" | "detail">> {
  if (text === undefined) return { type: "malformed", detail: fault };
  if (text.trim() === "") return { type: "empty", detail: "" };
  const record = parseLine(text, options.bucket.name, options.keyField);
  if (typeof record === "string") return { type: "malformed", detail: record };
  try {
    await write(record, options, (index) => operationId(options.bucket.name, number, index, text));
    return { type: "written", detail: "" };
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    // What the nodes refuse for what it is would be refused again.
    const type = error.code === "INVALID" ? "malformed" : "failed";
    return { type, detail: error.message };
  }
}

async function write(
  { key, values, context }: ImportRecord,
  { bucket, replace, write: options }: ImportOptions,
  operation: (index: number) => string,
): Promise<void> {
  let basis = { context };
  if (replace) {
    const read = await bucket.get(key, { timeoutMs: options.timeoutMs });
    const isThere =
      read.siblings.length === values.length &&
      values.every(({ bytes }) => read.siblings.some((there) => bytesEqual(there.bytes, bytes)));
    if (isThere) return;
    basis = read;
  }
  // Each on the same basis, so that siblings are siblings again.
  for (const [index, { expiresAtMs, ...value }] of values.entries()) {
    // What replaces is a new write each time; the same line may replace different things.
    const operationId = replace ? undefined : operation(index);
    await bucket.put(key, value, basis, { ...options, expiresAtMs, operationId });
  }
}

/** The same line at the same place of a file is the same write, however often it is imported. */
function operationId(bucket: string, line: number, index: number, text: string): string {
  return createHash("sha256")
    .update(`coterie import\n${bucket}\n${line}\n${index}\n`)
    .update(text)
    .digest("hex")
    .slice(0, 32);
}
