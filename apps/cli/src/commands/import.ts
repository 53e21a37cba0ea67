import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import process from "node:process";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addWriteOptions } from "../consistency-options.ts";
import { note, programName, type Terminal } from "../terminal.ts";
import { BEGINNING, Checkpoint, type Progress } from "../transfer/checkpoint.ts";
import { importLines } from "../transfer/import-lines.ts";
import { type Line, readLines } from "../transfer/read-lines.ts";
import { printSummary, secondsSince } from "../transfer/summary.ts";
import { transferBar } from "../transfer/transfer-bar.ts";
import {
  addTransferOptions,
  callOptionsOf,
  type TransferOptions,
  withStore,
} from "../transfer/transfer-options.ts";

interface Options extends TransferOptions {
  readonly key?: string;
  readonly replace?: true;
}

const SAVE_EVERY_MS = 1_000;
/** Further malformed lines are counted and not shown. */
const SHOWN_MAX = 100;

export function define(command: Command, terminal: Terminal): void {
  addWriteOptions(command)
    .argument("<bucket>", "created with the defaults at first use")
    .argument("<file>", "one JSON object a line; `-` reads stdin")
    .option(
      "--key <field>",
      "the field that holds each record's key; without it, lines of an export",
    )
    .option("--replace", "write over what a key has, instead of beside it")
    .action((bucket: string, file: string, options: Options) =>
      importFile(terminal, bucket, file, options),
    );
  addTransferOptions(command);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
The same line of the same file is the same write: running it again changes nothing, and after a stop it
goes on where it was (FILE.coterie-import keeps the place). A line of an export replaces what it had seen;
any other stands beside what is there, unless --replace.

Exit codes: 0 all written, 2 some lines are malformed and the rest is written, 4 some writes failed.

Examples:
  ${program} import cities cities.ndjson --key id
  ${program} export carts carts.ndjson && ${program} import carts carts.ndjson
  zcat dump.gz | ${program} import events - --key id --json`,
  );
}

async function importFile(
  terminal: Terminal,
  bucketName: string,
  file: string,
  options: Options,
): Promise<void> {
  const beganMs = performance.now();
  const bytes = file === "-" ? undefined : await sizeOf(file);
  await withStore(options, async (store) => {
    const identity = { clusterId: store.clusterId, bucket: bucketName, key: options.key };
    const checkpoint = file === "-" ? undefined : new Checkpoint(file, identity);
    const from = (await checkpoint?.load()) ?? BEGINNING;
    if (from.lines > 0) note(terminal, `going on after line ${from.lines}`);
    const stop = stopOnSignal();
    const bar = transferBar(terminal, bytes);
    let last: Progress = from;
    let { records, malformed } = from;
    let failed = 0;
    let savedMs = performance.now();
    try {
      const outcomes = importLines(stop.until(linesOf(terminal, file, from)), from, {
        bucket: store.rawBucket(bucketName),
        keyField: options.key,
        replace: options.replace === true,
        write: { ...callOptionsOf(options), w: options.w },
        concurrency: options.concurrency,
      });
      for await (const { line, type, detail, progress } of outcomes) {
        last = progress;
        if (type === "written") records++;
        if (type === "malformed") malformed++;
        if (type === "failed") failed++;
        const isFault = type === "malformed" || type === "failed";
        if (isFault && failed + malformed <= SHOWN_MAX) {
          bar.say(fault(options.json === true, line, type, detail));
        }
        bar.update(progress.offset, records);
        if (checkpoint !== undefined && performance.now() - savedMs > SAVE_EVERY_MS) {
          await checkpoint.save(progress);
          savedMs = performance.now();
        }
      }
    } finally {
      bar.stop();
      stop.release();
    }
    if (failed > 0 || stop.signal !== undefined) await checkpoint?.save(last);
    else await checkpoint?.remove();
    const seconds = secondsSince(beganMs);
    const summary = { records, failed: failed + malformed, seconds };
    printSummary(terminal, "imported", summary, options.json === true);
    conclude(stop.signal, failed, malformed, last.lines);
  });
}

function conclude(
  signal: string | undefined,
  failed: number,
  malformed: number,
  lines: number,
): void {
  const goOn = `the same command goes on after line ${lines}`;
  if (failed > 0) throw new CliError("unavailable", `${failed} writes failed: ${goOn}`);
  if (signal !== undefined) throw new CliError("unavailable", `stopped by ${signal}: ${goOn}`);
  if (malformed > 0) {
    const lines = malformed === 1 ? "1 line is" : `${malformed} lines are`;
    throw new CliError("invalid", `${lines} malformed; everything else is written`);
  }
}

function fault(json: boolean, line: number, type: string, detail: string): string {
  return json
    ? JSON.stringify({ line, type, message: detail })
    : `line ${line} ${type === "failed" ? "was not written" : "is malformed"}: ${detail}`;
}

function linesOf(terminal: Terminal, file: string, from: Progress): AsyncIterable<Line> {
  const chunks =
    file === "-"
      ? (terminal.stdin as AsyncIterable<Uint8Array>)
      : createReadStream(file, { start: from.offset, highWaterMark: 256 * 1024 });
  return readLines(chunks, { offset: from.offset, number: from.lines + 1 });
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw new CliError("usage", `cannot read ${file}: ${(error as Error).message}`);
  }
  throw new CliError("usage", `${file} is no file`);
}

/** The first SIGINT or SIGTERM ends the reading; what is under way is still written. A second one ends the process. */
function stopOnSignal(): {
  readonly signal: string | undefined;
  until<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined>;
  release(): void;
} {
  let signal: string | undefined;
  const stop = (name: string): void => {
    signal = name;
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  return {
    get signal() {
      return signal;
    },
    async *until(items) {
      for await (const item of items) {
        if (signal !== undefined) return;
        yield item;
      }
    },
    release: () => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
