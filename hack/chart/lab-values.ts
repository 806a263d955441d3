// Every value of deploy/lab-chart: short names for what each lab says, and below base, set and clone all that the CRDs have.
import { crdSpecSchema, member, valueSchema } from './crd-value.ts';
import type { JsonSchema, Value } from './value.ts';
import { flag, group, openGroup, optional, text, textMap } from './value.ts';

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** What `defaults` and each build may say. */
function buildMembers(): Readonly<Record<string, Value>> {
  const base = crdSpecSchema('basesnapshots');
  const set = crdSpecSchema('linkedclonesets');
  const template = member(set, 'template');
  const clone = member(template, 'spec');
  const metadata = member(template, 'metadata');
  const readiness = valueSchema(member(clone, 'readiness'));
  const requirement = (readiness['properties'] as Readonly<Record<string, JsonSchema>>)['require'];
  const short = (description: string, schema: JsonSchema): Value => optional({ description, schema });
  return {
    count: short('Machines; left out, an autoscaler decides (one without it).', valueSchema(member(set, 'replicas'))),
    customization: short('Name of a customization specification in vCenter, or all that the field of a clone takes.', {
      ...valueSchema(member(clone, 'customization')),
      type: ['string', 'object'],
    }),
    readiness: short('What a machine must have reached to be ready: a list, or all that the field of a clone takes.', {
      ...readiness,
      ...(requirement === undefined ? {} : { items: requirement['items'], maxItems: requirement['maxItems'] }),
      type: ['array', 'object'],
    }),
    base: short('Fields of the BaseSnapshot.', valueSchema(base)),
    set: short(
      'Fields of the LinkedCloneSet; `replicas` is `count`, `template` the values beside this one.',
      valueSchema(set, ['replicas', 'template']),
    ),
    clone: short(
      'Fields of the template of its clones; `customization` and `readiness` are values of their own.',
      valueSchema(clone, ['customization', 'readiness']),
    ),
    labels: short('Labels of its clones.', valueSchema(member(metadata, 'labels'))),
    annotations: short('Annotations of its clones.', valueSchema(member(metadata, 'annotations'))),
  };
}

function buildSchema(): JsonSchema {
  const name = { type: 'string', pattern: `^${DNS_LABEL}([.]${DNS_LABEL})*$`, maxLength: 55 };
  const own = {
    vm: {
      type: 'string',
      minLength: 1,
      description: 'The parent: its name, if no other machine has it, or its inventory path.',
    },
    names: {
      type: 'string',
      minLength: 1,
      description: 'Names of the machines: # is the number, padded by more of them.',
    },
    name: { ...name, description: 'Name of the set; otherwise made of `names`.' },
    baseName: { ...name, maxLength: 63, description: 'Name of the base; otherwise made of `vm`.' },
  };
  const shared = Object.entries(buildMembers()).map(([key, { schema, description }]) => [
    key,
    { ...schema, description },
  ]);
  return {
    type: 'object',
    required: ['names'],
    properties: { ...own, ...Object.fromEntries(shared) },
    additionalProperties: false,
  };
}

export const LAB_VALUES: Value = group('Values of a lab.', {
  enabled: optional(flag('Read by charts above this one; nothing here reads it.', true)),
  global: openGroup('Left to the charts above and beside this one.', {}),
  vCenter: text('Name of the VCenter that the parents are on.', '', { maxLength: 63 }),
  defaults: group('What every build has unless it says otherwise; maps are merged, lists replaced.', buildMembers()),
  builds: {
    description: 'One set of machines each: `vm` and `names`, and whatever `defaults` may have.',
    default: [],
    schema: { type: 'array', items: buildSchema(), maxItems: 100 },
  },
  labels: textMap('Labels of every object.'),
  baseAnnotations: textMap('Annotations of every BaseSnapshot.'),
  setAnnotations: textMap('Annotations of every LinkedCloneSet.'),
  argocd: group('For labs that Argo CD syncs; the annotations do nothing elsewhere.', {
    waves: flag('Bases before sets, and the other way round when they are pruned.', false),
    confirmBases: flag('Pruning or deleting a base waits until somebody confirms it in Argo CD.', false),
  }),
});
