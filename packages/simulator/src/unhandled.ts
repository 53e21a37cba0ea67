import process from "node:process";

/**
 * Promises of the simulated processes that reject while nobody listens: each would end a real process.
 * One run at a time.
 */
export class Unhandled {
  readonly #onRejection: (reason: unknown) => void;
  readonly sentences: string[] = [];

  constructor(note: (sentence: string) => void) {
    this.#onRejection = (reason) => {
      const what = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
      const sentence = `nobody handled a rejection, which ends a real process: ${what}`;
      this.sentences.push(sentence);
      note(sentence);
    };
    process.on("unhandledRejection", this.#onRejection);
  }

  close(): void {
    process.off("unhandledRejection", this.#onRejection);
  }
}
