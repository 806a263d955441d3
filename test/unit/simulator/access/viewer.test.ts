// Which permission counts where: the rules and examples of "Multiple Permission Settings" in vSphere Security.
import { describe, expect, it } from '@jest/globals';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { findByPath } from '../../../../src/simulator/search/inventory-path.ts';
import { Vcenter } from '../model/harness.ts';
import { INVENTORY } from './support/access-lab.ts';

const ACCESS = `
users: [{ name: ann@lab, password: x }, { name: bob@lab, password: x, role: ReadOnly }]
groups:
  - { name: starters@lab, members: [ann@lab] }
  - { name: keepers@lab, members: [ann@lab] }
  - { name: everyone@lab, members: [starters@lab] }
roles:
  - { name: starter, privileges: [VirtualMachine.Interact.PowerOn] }
  - { name: keeper, privileges: [VirtualMachine.State.CreateSnapshot] }
`;
const ON = 'VirtualMachine.Interact.PowerOn';
const SNAPSHOT = 'VirtualMachine.State.CreateSnapshot';
const OPEN = '/DC/vm/open';
const SEEN = '/DC/vm/open/seen';

/** What ann has of power-on, snapshots and seeing at all, at a path. */
function held(permissions: readonly string[], path: string, user = 'LAB\\Ann'): string {
  const list = permissions.map((line) => `  - { ${line} }`).join('\n');
  const vc = new Vcenter(`${INVENTORY}${ACCESS}${list === '' ? '' : `permissions:\n${list}\n`}`);
  const { registry, rootFolder } = vc.world;
  const entity = findByPath((ref) => registry.get(ref), rootFolder, path);
  if (entity === undefined) throw new Error(`nothing at ${path}`);
  const privileges = modelOf(vc.world).authorization.privilegesOf(user, entity);
  return [
    privileges.has(ON) ? 'on' : '',
    privileges.has(SNAPSHOT) ? 'snapshot' : '',
    privileges.has('System.View') ? 'view' : '',
  ]
    .filter((word) => word !== '')
    .join(' ');
}

const at = (path: string, who: string, role: string, more = ''): string =>
  `entity: ${path}, ${who}, role: ${role}${more}`;
const ANN = 'user: ann@lab';
const STARTERS = 'group: starters@lab';
const KEEPERS = 'group: keepers@lab';

describe('privileges of a user', () => {
  it.each([
    ['nothing without a permission', [], SEEN, ''],
    ['what the folder hands down', [at(OPEN, ANN, 'starter')], SEEN, 'on view'],
    ['nothing from a permission that stays where it is', [at(OPEN, ANN, 'starter', ', propagate: false')], SEEN, ''],
    ['… which counts there', [at(OPEN, ANN, 'starter', ', propagate: false')], OPEN, 'on view'],
    [
      "what is further up when the parent's doesn't propagate",
      [at('/DC', ANN, 'keeper'), at(OPEN, ANN, 'starter', ', propagate: false')],
      SEEN,
      'snapshot view',
    ],
    [
      'what several groups have on one entity, together',
      [at(OPEN, STARTERS, 'starter'), at(OPEN, KEEPERS, 'keeper')],
      SEEN,
      'on snapshot view',
    ],
    [
      "a child's permission instead of its parent's",
      [at(OPEN, ANN, 'starter'), at(SEEN, ANN, 'keeper')],
      SEEN,
      'snapshot view',
    ],
    [
      '… also when they are of different groups',
      [at(OPEN, STARTERS, 'starter'), at(SEEN, KEEPERS, 'keeper')],
      SEEN,
      'snapshot view',
    ],
    ["the user's own instead of a group's", [at(OPEN, STARTERS, 'starter'), at(OPEN, ANN, 'NoAccess')], SEEN, ''],
    ['what a group of groups has', [at('/', 'group: everyone@lab', 'starter')], SEEN, 'on view'],
    [
      'what folder and pool hand down, together',
      [at(OPEN, ANN, 'starter'), at('/DC/host/C/Resources', ANN, 'keeper')],
      SEEN,
      'on snapshot view',
    ],
    [
      'nothing that a permission of the folder hides, though it comes down through the pool as well',
      [at('/', ANN, 'starter'), at(OPEN, ANN, 'NoAccess')],
      SEEN,
      '',
    ],
    ['sight of everything above what may be seen', [at(SEEN, ANN, 'starter')], '/DC', 'view'],
    ['… on the way through the pool, too', [at(SEEN, ANN, 'starter')], '/DC/host/C', 'view'],
    ['… and of nothing beside it', [at(SEEN, ANN, 'starter')], '/DC/vm/open/parent', ''],
    ['no sight of the way to where there is no access', [at(SEEN, ANN, 'NoAccess')], OPEN, ''],
  ])('%s', (_what, permissions, path, expected) => {
    expect(held(permissions, path)).toBe(expected);
  });

  it('of one with a role in the list of users count everywhere', () => {
    expect(held([], SEEN, 'bob@lab')).toBe('view');
    expect(held([], SEEN, 'Administrator@vsphere.local')).toBe('on snapshot view');
  });
});
