// The shape of vim25.json: what extract.ts writes and the generator reads.

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
