/** Numbers for values: two values get one number when their names are equal. */
export class Interning<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #nameOf: (value: T) => string;

  constructor(nameOf: (value: T) => string) {
    this.#nameOf = nameOf;
  }

  number(value: T): number {
    const name = this.#nameOf(value);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      if (number > 0xffff) throw new Error("a number must fit into one character of a world's key");
      this.#numbers.set(name, number);
    }
    return number;
  }
}

/** Remembers what a function of two small numbers gave. */
export function remembered<T>(compute: (a: number, b: number) => T): (a: number, b: number) => T {
  const rows: T[][] = [];
  return (a, b) => {
    rows[a] ??= [];
    const row = rows[a];
    const known = row[b];
    if (known !== undefined) return known;
    const result = compute(a, b);
    row[b] = result;
    return result;
  };
}
