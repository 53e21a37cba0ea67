import { createHash } from "node:crypto";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";

/** How far an import came. Everything before `offset` is written or was reported as malformed. */
export interface Progress {
  readonly offset: number;
  /** Lines before it. */
  readonly lines: number;
  readonly records: number;
  readonly malformed: number;
}

/** What an import does: going on is right only where all of this is the same. */
export interface ImportIdentity {
  readonly clusterId: string;
  readonly bucket: string;
  readonly key: string | undefined;
}

interface Stored extends ImportIdentity, Progress {
  readonly format: 1;
  /** Of the bytes before `offset`: the first and the last 64 KiB, and how many there are. */
  readonly digest: string;
}

export const BEGINNING: Progress = { offset: 0, lines: 0, records: 0, malformed: 0 };

const PROBE_BYTES = 64 * 1024;

/**
 * A file beside the one that is imported, so that an import that was stopped goes on where it was. Losing it
 * costs time alone: the operation ids make what was written already the same write.
 */
export class Checkpoint {
  readonly path: string;
  readonly #file: string;
  readonly #identity: ImportIdentity;

  constructor(file: string, identity: ImportIdentity) {
    this.path = `${file}.coterie-import`;
    this.#file = file;
    this.#identity = identity;
  }

  /** Where to go on: at the beginning, unless the same import of the same file was stopped. */
  async load(): Promise<Progress> {
    let stored: Stored;
    try {
      stored = JSON.parse(await readFile(this.path, "utf8")) as Stored;
    } catch {
      return BEGINNING;
    }
    const { clusterId, bucket, key } = this.#identity;
    const isSame =
      stored.format === 1 &&
      stored.clusterId === clusterId &&
      stored.bucket === bucket &&
      stored.key === key &&
      stored.digest === (await this.#digest(stored.offset));
    return isSame ? stored : BEGINNING;
  }

  async save(progress: Progress): Promise<void> {
    const digest = await this.#digest(progress.offset);
    const stored: Stored = { format: 1, ...this.#identity, ...progress, digest };
    const written = `${this.path}.new`;
    await writeFile(written, JSON.stringify(stored));
    await rename(written, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** Empty when the file is shorter than `offset`. */
  async #digest(offset: number): Promise<string> {
    const file = await open(this.#file);
    try {
      const { size } = await file.stat();
      if (size < offset) return "";
      const length = Math.min(offset, PROBE_BYTES);
      const hash = createHash("sha256").update(`${offset}\n`);
      for (const position of [0, offset - length]) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
        hash.update(buffer.subarray(0, bytesRead));
      }
      return hash.digest("hex");
    } finally {
      await file.close();
    }
  }
}
