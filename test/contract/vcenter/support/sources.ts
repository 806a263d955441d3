// Where facts about vCenter are from, by short names.
export const SOURCES = {
  /** Comments of the Web Services API reference, as govmomi's vim25/types quotes them. */
  api: (what: string) => `vSphere Web Services API reference: ${what}`,
  /** vSphere Web Services SDK Programming Guide. */
  guide: (chapter: string) => `vSphere Web Services SDK Programming Guide: ${chapter}`,
  /** A thread in a public tracker. */
  issue: (where: string) => where,
  /** Methods' privileges, parameters and faults in pyvmomi's type information. */
  types: (what: string) => `pyvmomi, _typeinfo_vim.py: ${what}`,
} as const;

export const { api, guide, issue, types } = SOURCES;
