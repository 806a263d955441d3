// The shape of vim25.json and vim25-simulator.json: what extract.ts writes and the generator reads.

/** What a table is made from: everything that these lead to. */
export interface Roots {
  /** Managed types, each with the properties that are left out. */
  readonly managedTypes: Readonly<Record<string, readonly string[]>>;
  readonly methods: readonly string[];
  readonly families: readonly string[];
  readonly faults: readonly string[];
}

export interface VimMethod {
  /** `name:Type`, `?` behind when optional, then a privilege that is checked on the argument's object. */
  params: string[];
  returns: string;
  privilege: string;
  faults: string[];
}

export interface VimData {
  source: string;
  types: Record<string, { base: string; fields: string[] }>;
  enums: Record<string, string[]>;
  managed: Record<string, { base: string; properties: string[]; methods: Record<string, VimMethod> }>;
}

/** What the simulator needs on top of vim25.json. */
export interface SimulatorVimData extends VimData {
  /** Versions of vim25 by their id on the wire, oldest first. */
  versions: string[];
  /** Version → what it brought: `Type`, `Type.field`, `Managed.property`, `Managed.Method`, `Managed.Method.parameter`. */
  since: Record<string, string[]>;
  /** Ids of all privileges. */
  privileges: string[];
}
