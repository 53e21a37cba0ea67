import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measured } from "./measure.ts";

/**
 * What is measured already, a file a point, so that a run of hours that was interrupted goes on where it was. Rows of
 * another commit or form are others: a table is never mixed from two programs.
 */
export class KeptRows {
  readonly #directory: string;

  constructor(directory: string, program: string) {
    this.#directory = join(directory, program);
    mkdirSync(this.#directory, { recursive: true });
  }

  get(name: string): Measured | undefined {
    try {
      return JSON.parse(readFileSync(this.#file(name), "utf8")) as Measured;
    } catch {
      // Not measured, or cut off while it was written: then it is measured again.
      return undefined;
    }
  }

  keep(name: string, measured: Measured): void {
    writeFileSync(this.#file(name), JSON.stringify(measured));
  }

  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true });
  }

  #file(name: string): string {
    return join(this.#directory, `${name}.json`);
  }
}
