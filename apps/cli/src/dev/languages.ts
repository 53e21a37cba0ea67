import { iso6393 } from "iso-639-3";

export interface DataRecord {
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

/** All languages of ISO 639-3 by their code, as SIL International publishes them. */
export function languages(): DataRecord[] {
  return iso6393.map(({ iso6393: key, name, type, scope, iso6391, iso6392B, iso6392T }) => ({
    key,
    value: JSON.stringify({ name, type, scope, iso6391, iso6392B, iso6392T }),
  }));
}
