import { create } from "@bufbuild/protobuf";
import { type Era, FIRST_ERA } from "@coterie/versions";
import { EraSchema, type Era as WireEra } from "@coterie/wire";

/** Left out where nothing was ever swept: so are most messages. */
export function eraToWire(era: Era | undefined): { readonly era?: WireEra } {
  if (era === undefined || era.swept === 0) return {};
  return { era: create(EraSchema, { swept: era.swept, collected: era.collected }) };
}

export function eraFromWire(era: WireEra | undefined): Era {
  return era === undefined ? FIRST_ERA : { swept: era.swept, collected: era.collected };
}
