import type { Answer, Question } from "./protocol.ts";

/** Questions to a shard's thread that wait for their answers. */
export class Questions {
  readonly #send: (question: Question) => void;
  readonly #waiting = new Map<number, (result: Answer["result"] | undefined) => void>();
  #id = 0;

  constructor(send: (question: Question) => void) {
    this.#send = send;
  }

  /** Undefined: the thread ended before it answered. */
  ask(ask: Question["ask"]): Promise<Answer["result"] | undefined> {
    const id = this.#id++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ id, ask });
    });
  }

  answer({ id, result }: Answer): void {
    this.#waiting.get(id)!(result);
    this.#waiting.delete(id);
  }

  /** There will be no answers any more. */
  abandon(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}
