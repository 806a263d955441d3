import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DEFAULT_FOLDER, checkAccess, defaultFolder } from '../../../src/api/access.ts';
import type { AccessRequest } from '../../../src/api/access.ts';
import type { VCenterAccessRule } from '../../../src/api/types.generated.ts';

const RULE: VCenterAccessRule = {
  namespaces: { names: ['lab'] },
  parents: ['Templates/Tmpl *'],
  folders: ['Labs/{namespace}', 'Labs/{namespace}/**'],
  resourcePools: ['C0/Resources/Labs'],
  datastores: ['ds-1'],
  maxClones: 25,
};

const REQUEST: AccessRequest = {
  namespace: 'lab',
  namespaceLabels: {},
  parent: '/DC0/vm/Templates/Tmpl Capture 1.0',
  folder: '/DC0/vm/Labs/lab',
  resourcePool: '/DC0/host/C0/Resources/Labs',
  datastore: '/DC0/datastore/ds-1',
  clones: 24,
};

const isAllowed = (rules: readonly VCenterAccessRule[] | undefined, request: AccessRequest): boolean =>
  checkAccess(rules, request, '/DC0').allowed;

function denial(
  rules: readonly VCenterAccessRule[] | undefined,
  request: AccessRequest,
): { message: string; missingRule: string } {
  const answer = checkAccess(rules, request, '/DC0');
  if (answer.allowed) throw new Error('was allowed');
  return answer;
}

describe('checkAccess', () => {
  it('allows what one rule lists', () => {
    expect(checkAccess([RULE], REQUEST, '/DC0')).toEqual({ allowed: true, rule: RULE, folder: '/DC0/vm/Labs/lab' });
  });

  it.each<[string, VCenterAccessRule[] | undefined]>([
    ['no rules at all', undefined],
    ['no rule', []],
    ['a rule without lists', [{ namespaces: { names: ['lab'] } }]],
    ['a rule for another namespace', [{ ...RULE, namespaces: { names: ['other'] } }]],
    ['a rule for no namespace', [{ ...RULE, namespaces: {} }]],
  ])('denies with %s', (_, rules) => {
    expect(isAllowed(rules, REQUEST)).toBe(false);
  });

  it.each<[string, Partial<AccessRequest>]>([
    ['another parent', { parent: '/DC0/vm/Servers/db' }],
    ['a parent in a folder below', { parent: '/DC0/vm/Templates/Tmpl x/y' }],
    ['a parent of another datacenter', { parent: '/DC1/vm/Templates/Tmpl Capture 1.0' }],
    ["another namespace's folder", { folder: '/DC0/vm/Labs/other' }],
    ['a folder with a longer name', { folder: '/DC0/vm/Labs/lab2' }],
    ['another pool', { resourcePool: '/DC0/host/C0/Resources' }],
    ['another datastore', { datastore: '/DC0/datastore/ds-2' }],
    ['a clone too many', { clones: 25 }],
    ['another namespace', { namespace: 'lab2' }],
  ])('denies %s', (_, change) => {
    expect(isAllowed([RULE], { ...REQUEST, ...change })).toBe(false);
  });

  it('asks only for what is asked', () => {
    expect(
      isAllowed([{ namespaces: { names: ['lab'] }, parents: ['*'] }], {
        namespace: 'lab',
        namespaceLabels: {},
        parent: '/x',
      }),
    ).toBe(true);
    expect(
      isAllowed([{ namespaces: { names: ['lab'] }, maxClones: 0 }], { namespace: 'lab', namespaceLabels: {} }),
    ).toBe(true);
  });

  it('does not put a request together from two rules', () => {
    const { datastores: _, ...withoutDatastores } = RULE;
    const { parents: __, ...withoutParents } = RULE;
    expect(isAllowed([withoutDatastores, withoutParents], REQUEST)).toBe(false);
    expect(isAllowed([withoutDatastores, RULE], REQUEST)).toBe(true);
  });

  it('allows everything with *', () => {
    const all: VCenterAccessRule = {
      namespaces: { names: ['*'] },
      parents: ['*'],
      folders: ['*'],
      resourcePools: ['*'],
      datastores: ['*'],
    };
    expect(isAllowed([all], { ...REQUEST, namespace: 'any', clones: 1e6 })).toBe(true);
  });

  it('knows namespaces by label', () => {
    const rule: VCenterAccessRule = { ...RULE, namespaces: { selector: { matchLabels: { team: 'qa' } } } };
    expect(isAllowed([rule], { ...REQUEST, namespaceLabels: { team: 'qa' } })).toBe(true);
    expect(isAllowed([rule], { ...REQUEST, namespaceLabels: { team: 'dev' } })).toBe(false);
  });

  it('does not take a relative pattern for anything while the datacenter is not known', () => {
    expect(checkAccess([RULE], REQUEST, undefined).allowed).toBe(false);
  });

  it('fills {namespace} in for folders only', () => {
    const rule: VCenterAccessRule = { ...RULE, parents: ['Templates/{namespace}'] };
    expect(isAllowed([rule], { ...REQUEST, parent: '/DC0/vm/Templates/lab' })).toBe(false);
    expect(isAllowed([rule], { ...REQUEST, parent: '/DC0/vm/Templates/{namespace}' })).toBe(true);
  });

  it('says what the nearest rule lacks', () => {
    const far: VCenterAccessRule = { namespaces: { names: ['lab'] } };
    const { message } = denial([far, RULE], { ...REQUEST, datastore: '/DC0/datastore/ds-2', clones: 25 });
    expect(message).toContain(
      'spec.access[1], the nearest rule for namespace "lab", doesn\'t allow datastore "/DC0/datastore/ds-2", more than 25 clones (maxClones)',
    );
    expect(denial([], REQUEST).message).toContain('no rule in spec.access is for namespace "lab"');
  });

  it('prints a rule that, pasted, allows the request', () => {
    const tricky = { ...REQUEST, parent: '/DC0/vm/Templates/a "b": {c} #d', clones: 3 };
    for (const request of [REQUEST, tricky, { ...REQUEST, folder: DEFAULT_FOLDER }]) {
      const { missingRule, message } = denial([], request);
      expect(missingRule).not.toContain('\n');
      expect(message.endsWith(missingRule)).toBe(true);
      const pasted = parse(`access:\n  ${missingRule}\n`, { version: '1.1' }) as { access: VCenterAccessRule[] };
      expect(isAllowed(pasted.access, request)).toBe(true);
    }
  });
});

describe('the rule that is missing, where the nearest one has maxClones', () => {
  const rule = (request: AccessRequest): VCenterAccessRule => {
    const { missingRule } = denial([RULE], request);
    const [only] = parse(missingRule) as VCenterAccessRule[];
    if (only === undefined) throw new Error('no rule');
    return only;
  };

  it('allows one clone more, not any number', () => {
    const full = { ...REQUEST, clones: 25 };
    expect(rule(full).maxClones).toBe(26);
    expect(isAllowed([RULE, rule(full)], full)).toBe(true);
    expect(isAllowed([RULE, rule(full)], { ...full, clones: 26 })).toBe(false);
  });

  it('keeps the limit where something else is refused', () => {
    const elsewhere = { ...REQUEST, datastore: '/DC0/datastore/ds-2', clones: 3 };
    expect(rule(elsewhere).maxClones).toBe(25);
    const { clones: _, ...standing } = elsewhere;
    expect(rule(standing).maxClones).toBe(25);
  });
});

describe('the default folder', () => {
  it('is the first folder of the rule that is no glob', () => {
    expect(defaultFolder(RULE, 'lab')).toBe('Labs/lab');
    expect(defaultFolder({ ...RULE, folders: ['**', '/DC0/vm/{namespace}/{namespace}'] }, 'x')).toBe('/DC0/vm/x/x');
    expect(defaultFolder({ ...RULE, folders: ['*'] }, 'lab')).toBeUndefined();
  });

  it('is answered where it was asked for', () => {
    expect(checkAccess([RULE], { ...REQUEST, folder: DEFAULT_FOLDER }, '/DC0')).toEqual({
      allowed: true,
      rule: RULE,
      folder: 'Labs/lab',
    });
  });

  it('comes from the first rule that has one and allows the rest', () => {
    const without: VCenterAccessRule = { ...RULE, folders: ['Labs/*'] };
    const other: VCenterAccessRule = { ...RULE, folders: ['Elsewhere'] };
    expect(checkAccess([without, other], { ...REQUEST, folder: DEFAULT_FOLDER }, '/DC0')).toMatchObject({
      folder: 'Elsewhere',
    });
    expect(denial([without], { ...REQUEST, folder: DEFAULT_FOLDER }).message).toContain(
      "doesn't allow a default folder",
    );
  });
});
