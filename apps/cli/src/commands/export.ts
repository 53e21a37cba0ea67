import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { RawBucket } from "@coterie/client";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addReadOptions } from "../consistency-options.ts";
import { programName, type Terminal } from "../terminal.ts";
import { exportLine } from "../transfer/record.ts";
import { printSummary, secondsSince } from "../transfer/summary.ts";
import { transferBar } from "../transfer/transfer-bar.ts";
import {
  addTransferOptions,
  callOptionsOf,
  type TransferOptions,
  withStore,
} from "../transfer/transfer-options.ts";

export function define(command: Command, terminal: Terminal): void {
  addReadOptions(command)
    .argument("<bucket>")
    .argument("[file]", "default: stdout")
    .action((bucket: string, file: string | undefined, options: TransferOptions) =>
      exportBucket(terminal, bucket, file, options),
    );
  addTransferOptions(command);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
One line for each live key, once: {"bucket","key","values","encodings","context"}, with "expiresAtMs" where something
expires. \`${program} import\` takes it back. A file appears when it is complete. Without a file the summary
goes to stderr.

Examples:
  ${program} export carts carts.ndjson
  ${program} export carts | gzip > carts.ndjson.gz`,
  );
}

async function exportBucket(
  terminal: Terminal,
  name: string,
  file: string | undefined,
  options: TransferOptions,
): Promise<void> {
  const beganMs = performance.now();
  const records = await withStore(options, async (store) => {
    if (!(await store.buckets()).some((bucket) => bucket.name === name)) {
      throw new CliError("bucket_unknown", `there is no bucket "${name}"`);
    }
    const bucket = store.rawBucket(name);
    return file === undefined
      ? writeEntries(terminal, bucket, terminal.stdout, options)
      : writeFile(terminal, bucket, file, options);
  });
  const summary = { records, failed: 0, seconds: secondsSince(beganMs) };
  const to = file === undefined ? { ...terminal, stdout: terminal.stderr } : terminal;
  printSummary(to, "exported", summary, options.json === true);
}

async function writeFile(
  terminal: Terminal,
  bucket: RawBucket,
  file: string,
  options: TransferOptions,
): Promise<number> {
  const partial = `${file}.partial`;
  const output = createWriteStream(partial);
  try {
    await once(output, "open");
    const records = await writeEntries(terminal, bucket, output, options);
    output.end();
    await once(output, "close");
    await rename(partial, file);
    return records;
  } catch (error) {
    output.destroy();
    await rm(partial, { force: true });
    if ((error as NodeJS.ErrnoException).code === undefined || error instanceof CliError)
      throw error;
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CliError("usage", `cannot write ${file}: ${(error as Error).message}`);
  }
}

async function writeEntries(
  terminal: Terminal,
  bucket: RawBucket,
  output: NodeJS.WritableStream,
  options: TransferOptions,
): Promise<number> {
  const bar = transferBar(terminal, undefined);
  let records = 0;
  try {
    const { concurrency, r } = options;
    for await (const entry of bucket.entries({ ...callOptionsOf(options), r, concurrency })) {
      if (!output.write(`${exportLine(bucket.name, entry)}\n`)) await once(output, "drain");
      bar.update(0, ++records);
    }
    return records;
  } finally {
    bar.stop();
  }
}
