// UserDirectory: who there is to give a role to.
import type { MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Directory, DirectoryEntry } from './directory.ts';
import { parsePrincipal, principalKey } from './principal-name.ts';

type Args = Readonly<Record<string, unknown>>;

export const userDirectoryMethods: MethodTable = {
  UserDirectory: {
    RetrieveUserGroups(context, args) {
      const { directory } = modelOf(context.world).authorization;
      const domain = domainOf(directory, args);
      const members = [memberOf(directory, args), groupOf(directory, args)];
      return directory.entries
        .filter(
          (entry) =>
            (entry.isGroup ? args['findGroups'] === true : args['findUsers'] === true) &&
            (domain === undefined || parsePrincipal(entry.principal).domain === domain) &&
            members.every((isMember) => isMember(entry)) &&
            matchesName(entry, String(args['searchStr']), args['exactMatch'] === true),
        )
        .map(({ principal, fullName, isGroup }) => ({ principal, fullName, group: isGroup }));
    },
  },
};

/** What clients read about it. */
export function describeDirectory(world: World, directory: Directory): void {
  world.registry.must(managerRef('userDirectory')).set('domainList', domainsOf(directory));
}

function domainsOf(directory: Directory): readonly string[] {
  return [...new Set(['', ...directory.entries.map(({ principal }) => parsePrincipal(principal).domain)])];
}

/** Throws NotFound for a domain that nobody is in. Without one, all are searched. */
function domainOf(directory: Directory, args: Args): string | undefined {
  const domain = args['domain'];
  if (typeof domain !== 'string' || domain === '') return undefined;
  if (domainsOf(directory).includes(domain.toUpperCase())) return domain.toUpperCase();
  throw notFound();
}

/** Those in a group. Throws NotFound. */
function memberOf(directory: Directory, args: Args): (entry: DirectoryEntry) => boolean {
  const group = args['belongsToGroup'];
  if (typeof group !== 'string') return () => true;
  if (directory.find(group, true) === undefined) throw notFound();
  return (entry) => directory.groupsOf(entry.principal).has(principalKey(group));
}

/** Groups that a user is in. Throws NotFound. */
function groupOf(directory: Directory, args: Args): (entry: DirectoryEntry) => boolean {
  const user = args['belongsToUser'];
  if (typeof user !== 'string') return () => true;
  if (directory.find(user, false) === undefined) throw notFound();
  const groups = directory.groupsOf(user);
  return (entry) => entry.isGroup && groups.has(principalKey(entry.principal));
}

/** The name alone or with its domain, in any case; a part of it unless the match has to be exact. */
function matchesName(entry: DirectoryEntry, text: string, isExact: boolean): boolean {
  const wanted = principalKey(text);
  const names = [principalKey(entry.principal), parsePrincipal(entry.principal).name.toLowerCase()];
  return names.some((name) => (isExact ? name === wanted : name.includes(wanted)));
}

function notFound(): VimFault {
  return new VimFault('NotFound', {}, 'The domain, user or group was not found.');
}
