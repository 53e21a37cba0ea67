import { StorageError } from "@coterie/shard-engine";

/** "COTE": SQLite's `application_id` of every file of ours. */
export const APPLICATION_ID = 0x434f5445;
/** SQLite's `user_version`: which tables the file has, and what their values mean. */
export const FORMAT = 1;

/** What a file says of itself. */
export interface FileOrigin {
  readonly applicationId: number;
  readonly format: number;
  readonly tables: number;
}

/**
 * Throws `StorageError` `foreign` unless the file is new or one that this version reads. To be asked before
 * anything is changed, and through SQLite: closing a file that was opened beside it would give up its locks.
 */
export function checkOrigin(file: string, { applicationId, format, tables }: FileOrigin): void {
  if (applicationId === 0 && tables === 0) return;
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
