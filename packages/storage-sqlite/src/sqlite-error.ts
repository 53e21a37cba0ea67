import { dirname } from "node:path";
import { StorageError, type StorageErrorKind } from "@coterie/shard-engine";
import Database from "better-sqlite3";

/** What the operator runs to put the damaged files of a directory aside. */
export function quarantineCommand(directory: string): string {
  return `coterie quarantine ${directory}`;
}

/** Any error of the driver as the port's; what is none of the driver's is a bug and passes through. */
export function storageErrorOf(error: unknown, file: string): StorageError {
  if (error instanceof StorageError) return error;
  if (!(error instanceof Database.SqliteError)) {
    if (error instanceof Error && "syscall" in error) return fileError(error, file);
    throw error;
  }
  const kind = kindOf(error.code);
  return new StorageError(kind, sentence(kind, error, file), { cause: error });
}

/** SQLite's extended result codes begin with the name of the primary one. */
function kindOf(code: string): StorageErrorKind {
  if (code.startsWith("SQLITE_FULL")) return "full";
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_PERM")) return "readonly";
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) return "corrupt";
  return "io";
}

function sentence(
  kind: StorageErrorKind,
  { code, message }: Error & { code: string },
  file: string,
) {
  const cause = `${message}, ${code}`;
  switch (kind) {
    case "full":
      return `there is no space left for ${file} (${cause}): reads go on, writes will once there is space`;
    case "readonly":
      return `${file} may not be written (${cause}): check its permissions and how its disk is mounted`;
    case "corrupt":
      return damaged(file, cause);
    default:
      return code.startsWith("SQLITE_BUSY")
        ? `${file} is in use by another process (${cause})`
        : `the disk failed under ${file} (${cause})`;
  }
}

/** The sentence for a file that cannot be used as it is. */
export function damaged(file: string, cause: string): string {
  return `${file} is damaged (${cause}): stop the node and put the file aside with "${quarantineCommand(dirname(file))}", the other replicas hold what was in it`;
}

/** An error of the file system itself, met before SQLite was asked. */
function fileError(error: Error & { code?: string }, file: string): StorageError {
  const kind = error.code === "EACCES" || error.code === "EROFS" ? "readonly" : "io";
  return new StorageError(kind, `${file} cannot be opened (${error.message})`, { cause: error });
}
