// Which version of vim25 brought what: a client that speaks an older one must not be sent what is newer. Members that came
// with their type aren't named again, and what is as old as the oldest version isn't named at all.
import type { Literal, TypeInfo } from './read-type-info.ts';
import type { SimulatorVimData, VimData } from './vim-data.ts';

/** The oldest version of the vim25 namespace; what came before has always been there. */
const OLDEST = '2.5';

/** For everything in `data`: version → names, oldest version first. */
export function sinceVersions(info: TypeInfo, data: Omit<VimData, 'source'>): SimulatorVimData['since'] {
  const ids = [...info.versions.values()];
  const since = new Map<string, string[]>(ids.slice(ids.indexOf(OLDEST) + 1).map((id) => [id, []]));
  const ageOf = (vmodl: string): number => Math.max(ids.indexOf(info.versions.get(vmodl) ?? OLDEST), 0);
  function note(name: string, vmodl: string, owner: string): void {
    if (ageOf(vmodl) > ageOf(owner)) since.get(info.versions.get(vmodl) ?? '')?.push(name);
  }
  function noteAll(owner: string, ownerVersion: string, entries: readonly Literal[][]): void {
    for (const [name, , version] of entries) note(`${owner}.${String(name)}`, String(version), ownerVersion);
  }
  for (const type of info.types.values()) {
    if (type.kind === 'managed') {
      const served = data.managed[type.name];
      if (served === undefined) continue;
      note(type.name, type.version, '');
      const isServed = ([name]: Literal[]): boolean =>
        served.properties.some((property) => property.startsWith(`${String(name)}:`));
      noteAll(type.name, type.version, type.properties.filter(isServed));
      for (const [, wire, version, params] of type.methods) {
        if (served.methods[String(wire)] === undefined) continue;
        note(`${type.name}.${String(wire)}`, String(version), type.version);
        noteAll(`${type.name}.${String(wire)}`, String(version), params as Literal[][]);
      }
    } else if (data.types[type.name] !== undefined || data.enums[type.name] !== undefined) {
      note(type.name, type.version, '');
      if (type.kind === 'data') noteAll(type.name, type.version, type.fields);
    }
  }
  return Object.fromEntries(
    [...since].filter(([, names]) => names.length > 0).map(([id, names]) => [id, names.toSorted()]),
  );
}
