import process from "node:process";

/**
 * Promises of the simulated processes that reject while nobody listens: each would end a real process.
 * One run at a time.
 */
export class Unhandled {
  readonly #onRejection: (reason: unknown) => void;
  readonly sentences: string[] = [];

  /** `note` hears the stack apart: it differs by installation. */
  constructor(note: (sentence: string, stack: string | undefined) => void) {
    this.#onRejection = (reason) => {
      const sentence = "nobody handled a rejection, which ends a real process:";
      const stack = reason instanceof Error ? reason.stack : undefined;
      this.sentences.push(`${sentence} ${stack ?? reason}`);
      note(`${sentence} ${reason}`, stack);
    };
    process.on("unhandledRejection", this.#onRejection);
  }

  close(): void {
    process.off("unhandledRejection", this.#onRejection);
  }
}
