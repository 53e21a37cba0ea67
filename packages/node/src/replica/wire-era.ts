import { create } from "@bufbuild/protobuf";
import { type Era, FIRST_ERA } from "@coterie/versions";
import { EraSchema, type Era as WireEra } from "@coterie/wire";

/** Undefined where nothing was ever swept: as in most messages. */
export function wireEraOf(era: Era | undefined): WireEra | undefined {
  if (era === undefined || era.swept === 0) return undefined;
  return create(EraSchema, { swept: era.swept, collected: era.collected });
}

/** The same, as a part of a message. */
export function eraToWire(era: Era | undefined): { readonly era?: WireEra } {
  const wire = wireEraOf(era);
  return wire === undefined ? {} : { era: wire };
}

export function eraFromWire(era: WireEra | undefined): Era {
  return era === undefined ? FIRST_ERA : { swept: era.swept, collected: era.collected };
}
