// OptionManager (VpxSettings): advanced settings of the vCenter as name and value. A name that ends in a dot asks for
// everything below it.
import type { MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';

interface OptionValue {
  readonly $type: string;
  readonly key: string;
  readonly value: unknown;
}

/** What clients look at: the name of the vCenter, and the retention that scripts check. */
function initialSettings(world: World): readonly OptionValue[] {
  const settings: Readonly<Record<string, unknown>> = {
    'VirtualCenter.FQDN': 'localhost',
    'VirtualCenter.InstanceName': 'localhost',
    'VirtualCenter.VimApiUrl': 'https://localhost/sdk',
    'config.vpxd.sso.default.admin': world.options.username,
    'event.maxAge': 30,
    'event.maxAgeEnabled': true,
    'instance.id': 42,
    'task.maxAge': 30,
    'task.maxAgeEnabled': true,
  };
  return Object.entries(settings).map(([key, value]) => ({ $type: 'OptionValue', key, value }));
}

export function optionMethods(world: World): MethodTable {
  const manager = world.registry.must(managerRef('setting'));
  manager.set('setting', initialSettings(world));
  const settings = (): readonly OptionValue[] => manager.get('setting') as readonly OptionValue[];

  function query(name: string | undefined): readonly OptionValue[] {
    if (name === undefined || name === '') return settings();
    const found = settings().filter(({ key }) => (name.endsWith('.') ? key.startsWith(name) : key === name));
    if (found.length === 0) throw new VimFault('InvalidName', { name }, `The name '${name}' is invalid.`);
    return found;
  }

  return {
    OptionManager: {
      QueryOptions: (_context, args) => query(args['name'] as string | undefined),
      UpdateOptions(_context, args) {
        const changed = new Map((args['changedValue'] as OptionValue[]).map((option) => [option.key, option]));
        const kept = settings().map((option) => changed.get(option.key) ?? option);
        const added = [...changed.values()].filter(({ key }) => !settings().some((option) => option.key === key));
        manager.set('setting', [...kept, ...added]);
      },
    },
  };
}
