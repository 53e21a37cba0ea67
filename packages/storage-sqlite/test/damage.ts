import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Writes over what a file has at `at`. Not while it is open in this process: closing it would drop its locks. */
export function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(file, "r+");
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

/** Flips one bit wherever `text` is: beside the row there may be stale copies of it in unused parts of pages. */
export function flipBits(file: string, text: string): void {
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at + 1]! ^= 4;
    overwrite(file, at, bytes.subarray(at, at + 2));
  }
}

/** Destroys a page of rows that is not the root of their table. Returns one of the `texts` in it. */
export function destroyLeaf(file: string, texts: readonly string[], pageBytes: number): string {
  const bytes = readFileSync(file);
  for (const text of texts) {
    const page = Math.floor(bytes.lastIndexOf(text) / pageBytes);
    if (page < ROOTS) continue;
    overwrite(file, page * pageBytes, new Uint8Array(100).fill(255));
    return text;
  }
  throw new Error("the table has one page only");
}

/** The schema's page and the root of each table come first. */
const ROOTS = 4;
