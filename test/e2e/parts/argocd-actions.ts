// Argo CD's resource actions, each run in its own Lua machine: offered by state, and what they make of an object is what they
// say and what the API server takes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Acted, LuaAnswer } from '../argocd-lua.ts';
import { lua } from '../argocd-lua.ts';
import type { Context } from '../context.ts';
import { base, set, vCenter } from '../objects.ts';

interface Subject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
  status?: object;
}

const SET = set({ name: 'a', namespace: 'default', base: 'b', replicas: 3 }) as Subject;
const FREE_CLONE: Subject = {
  apiVersion: 'linkedclone.dev/v1alpha1',
  kind: 'LinkedClone',
  metadata: { name: 'free', namespace: 'default' },
  spec: { baseSnapshotRef: { name: 'b' } },
};
const owner = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedCloneSet', name: 'a', uid: 'a' };
const CLONE: Subject = { ...FREE_CLONE, metadata: { ...FREE_CLONE.metadata, name: 'a-1', ownerReferences: [owner] } };
const VCENTER = vCenter('vc', {
  server: 'vcenter.example.org',
  credentialsSecretRef: { name: 'vc' },
  datacenter: 'DC0',
}) as Subject;

function withSpec(one: Subject, spec: object): Subject {
  return { ...one, spec: { ...one.spec, ...spec } };
}

function annotated(one: Subject, name: string, value: string): Subject {
  return { ...one, metadata: { ...one.metadata, annotations: { [`linkedclone.dev/${name}`]: value } } };
}

const REFUSED: Subject = {
  ...VCENTER,
  status: { conditions: [{ type: 'Authenticated', status: 'False', reason: 'InvalidLogin' }] },
};
const template = (SET.spec['template'] as { spec: object }).spec;

/** What is offered of each object in its state. */
const OFFERED: readonly (readonly [object: object, actions: readonly string[]])[] = [
  [SET, ['pause', 'power-off', 'scale']],
  [withSpec(SET, { paused: true }), ['power-off', 'resume', 'scale']],
  [withSpec(SET, { powerPolicy: 'Off' }), ['pause', 'power-on', 'scale']],
  [withSpec(SET, { powerPolicy: 'Manual' }), ['pause', 'power-off', 'power-on', 'scale']],
  // the set's own policy comes before that of its template
  [withSpec(SET, { template: { spec: { ...template, powerPolicy: 'Off' } } }), ['pause', 'power-on', 'scale']],
  [
    withSpec(SET, { powerPolicy: 'AlwaysOn', template: { spec: { ...template, powerPolicy: 'Off' } } }),
    ['pause', 'power-off', 'scale'],
  ],
  [CLONE, ['delete-first', 'detach', 'pause', 'protect']],
  [annotated(CLONE, 'protect', 'true'), ['delete-first', 'detach', 'pause', 'unprotect']],
  [annotated(CLONE, 'protect', 'false'), ['delete-first', 'detach', 'pause', 'protect']],
  [withSpec(annotated(CLONE, 'delete-first', ''), { paused: true }), ['detach', 'protect', 'resume']],
  [annotated(CLONE, 'detach', 'true'), ['delete-first', 'pause', 'protect']],
  [FREE_CLONE, ['pause', 'power-off']],
  [withSpec(FREE_CLONE, { powerPolicy: 'Off' }), ['pause', 'power-on']],
  [VCENTER, []],
  [REFUSED, ['retry-login']],
  [base({ name: 'b', vCenter: 'vc' }), []],
];

const flag =
  (name: string, value = 'true') =>
  ({ metadata }: Acted): boolean =>
    metadata.annotations?.[`linkedclone.dev/${name}`] === value;
const has =
  (field: string, value: unknown) =>
  ({ spec }: Acted): boolean =>
    spec[field] === value;
const isLate = ({ metadata }: Acted): boolean =>
  Math.abs(Date.parse(metadata.annotations?.['linkedclone.dev/retry-login'] ?? '') - Date.now()) < 60_000;

/** What each makes of an object, by the folder of its script and its name. */
const EFFECTS: Readonly<Record<string, readonly [object: Subject, holds: (made: Acted) => boolean]>> = {
  'linked-clone-set/scale': [SET, has('replicas', 7)],
  'linked-clone-set/pause': [SET, has('paused', true)],
  'linked-clone-set/resume': [withSpec(SET, { paused: true }), has('paused', false)],
  'linked-clone-set/power-on': [withSpec(SET, { powerPolicy: 'Off' }), has('powerPolicy', 'AlwaysOn')],
  'linked-clone-set/power-off': [SET, has('powerPolicy', 'Off')],
  'linked-clone/pause': [FREE_CLONE, has('paused', true)],
  'linked-clone/resume': [withSpec(FREE_CLONE, { paused: true }), has('paused', false)],
  'linked-clone/power-on': [withSpec(FREE_CLONE, { powerPolicy: 'Off' }), has('powerPolicy', 'AlwaysOn')],
  'linked-clone/power-off': [FREE_CLONE, has('powerPolicy', 'Off')],
  'linked-clone/protect': [CLONE, flag('protect')],
  'linked-clone/unprotect': [annotated(CLONE, 'protect', 'true'), flag('protect', 'false')],
  'linked-clone/delete-first': [annotated(CLONE, 'protect', 'false'), flag('delete-first')],
  'linked-clone/detach': [CLONE, flag('detach')],
  'vcenter/retry-login': [REFUSED, isLate],
};

export async function actions(context: Context): Promise<void> {
  const { check } = context;
  await check('actions are offered by state, and no other', async () => {
    const answers = await lua(
      context,
      OFFERED.map(([object]) => ({ ask: 'actions', object })),
    );
    assert.deepEqual(
      answers.map(enabled),
      OFFERED.map(([, names]) => names),
    );
  });
  await check('every action does what it says, and the API server takes what it made', async () => {
    const scripts = readdirSync(repositoryPath('deploy/argocd/actions'), { recursive: true, encoding: 'utf8' });
    const names = scripts.filter((path) => path.endsWith('.lua') && !path.endsWith('discovery.lua'));
    assert.deepEqual(names.map((path) => path.replace('.lua', '')).toSorted(), Object.keys(EFFECTS).toSorted());
    const answers = await lua(
      context,
      Object.entries(EFFECTS).map(([path, [object]]) => {
        return { ask: 'action', action: path.split('/')[1] ?? '', parameters: { replicas: '7' }, object };
      }),
    );
    const made = answers.map((answer) => resultOf(answer));
    const wrong = Object.entries(EFFECTS).filter(([, [, holds]], index) => !holds(made[index] as Acted));
    assert.deepEqual(wrong, []);
    const items = made.map((one) => ({ ...one, status: undefined }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await context.kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], list);
  });
  await check('scale takes a whole number alone', async () => {
    const answers = await lua(
      context,
      ['-1', '2.5', 'many'].map((replicas) => {
        return { ask: 'action', action: 'scale', parameters: { replicas }, object: SET };
      }),
    );
    for (const { error } of answers) assert.match(error ?? '', /replicas must be a whole number/);
  });
}

function enabled({ actions: offered = [] }: LuaAnswer): readonly string[] {
  return offered
    .filter(({ disabled }) => disabled !== true)
    .map(({ name }) => name)
    .toSorted();
}

function resultOf(answer: LuaAnswer): Acted {
  const made = answer.result?.[0]?.resource;
  assert.ok(made, JSON.stringify(answer));
  return made;
}
