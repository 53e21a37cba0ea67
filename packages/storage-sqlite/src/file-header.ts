import { accessSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { StorageError } from "@coterie/shard-engine";
import { damaged } from "./sqlite-error.ts";

/** "COTE": SQLite's `application_id` of every file of ours. */
export const APPLICATION_ID = 0x434f5445;
/** SQLite's `user_version`: which tables the file has, and what their values mean. */
export const FORMAT = 1;

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/**
 * Looks at a file before SQLite does, which would call another's database its own and a newer one ours.
 * Throws `StorageError` unless the file is absent, empty or one that this version reads.
 */
export function checkHeader(file: string): void {
  if (!existsSync(file)) {
    accessSync(dirname(file));
    return;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(file, "r");
  try {
    // Empty: made by a start that got no further; what it may have written is in the log beside it.
    if (fstatSync(fd).size === 0) return;
    const count = readSync(fd, header, 0, HEADER_BYTES, 0);
    if (count < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
      throw new StorageError("corrupt", damaged(file, "it does not begin as a SQLite database"));
    }
  } finally {
    closeSync(fd);
  }
  checkOrigin(file, header.readUInt32BE(68), header.readUInt32BE(60));
}

/** The two numbers, from the header or from SQLite. Zero and zero: nothing was written yet. */
export function checkOrigin(file: string, applicationId: number, format: number): void {
  if (applicationId === 0 && format === 0) return;
  if (applicationId !== APPLICATION_ID) {
    throw new StorageError(
      "foreign",
      `${file} is a database of another program (application id ${applicationId}): move it away, or choose another directory`,
    );
  }
  if (format > FORMAT) {
    throw new StorageError(
      "foreign",
      `${file} has format ${format} and this version reads up to ${FORMAT}: it was written by a newer version, start that one`,
    );
  }
}
