import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { below, type Random } from "@coterie/core";

/** The schema's page and the root of each table come first: damage there is found at the start. */
const FIRST_ROWS_PAGE = 4;

export type DamageKind = "rows" | "pages";

/**
 * Overwrites something in the database of a node that does not run: `rows` flips a bit of the stored
 * values, which their checksums tell; `pages` destroys whole pages. What is in the log alone is left as it is: a log that
 * loses its end is a disk that lied about fsync. Returns what was done, as a sentence.
 */
export function damage(directory: string, kind: DamageKind, random: Random): string {
  const files = readdirSync(directory).filter((name) => name.endsWith(".sqlite"));
  const sentences = files.map((name) => {
    const file = join(directory, name);
    const bytes = readFileSync(file);
    const fd = openSync(file, "r+");
    try {
      return kind === "rows" ? rot(fd, bytes, random) : destroy(fd, bytes, random);
    } finally {
      closeSync(fd);
    }
  });
  return sentences.join(", ");
}

/** Values are operation ids: 32 hexadecimal digits in a row. */
function rot(fd: number, bytes: Buffer, random: Random): string {
  const places: number[] = [];
  const text = bytes.toString("latin1");
  for (const match of text.matchAll(/[0-9a-f]{32}/g)) places.push(match.index);
  const count = Math.min(places.length, 1 + below(random, 20));
  for (let i = 0; i < count; i++) {
    const at = places[below(random, places.length)]!;
    writeSync(fd, Buffer.of(bytes[at]! ^ 4), 0, 1, at);
  }
  return `${count} rows with a bit flipped`;
}

function destroy(fd: number, bytes: Buffer, random: Random): string {
  const pageBytes = bytes.readUInt16BE(16);
  const pages = Math.floor(bytes.length / pageBytes);
  if (pages <= FIRST_ROWS_PAGE) return "no page of rows yet";
  const count = 1 + below(random, 3);
  for (let i = 0; i < count; i++) {
    const page = FIRST_ROWS_PAGE + below(random, pages - FIRST_ROWS_PAGE);
    writeSync(fd, Buffer.alloc(100, 255), 0, 100, page * pageBytes);
  }
  return `${count} of ${pages} pages destroyed`;
}
