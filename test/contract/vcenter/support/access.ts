// Roles, permissions and folders to set them on.
import type { Ref } from './element.ts';
import type { Target } from './target.ts';
import { el } from './wire.ts';

export const authorizationManager = (target: Target): Ref => target.manager('authorizationManager');

/** Makes a role; its id. */
export async function newRole(target: Target, ...privileges: readonly string[]): Promise<string> {
  const args = el('name', target.name('role')) + privileges.map((id) => el('privIds', id)).join('');
  return (await target.must('AddAuthorizationRole', authorizationManager(target), args)).values[0]?.text ?? '';
}

/** A permission of one user. */
export function permission(principal: string, roleId: string, propagate = true): string {
  return el(
    'permission',
    el('principal', principal) + el('group', false) + el('roleId', roleId) + el('propagate', propagate),
  );
}

/** A new folder of machines. */
export async function newFolder(target: Target): Promise<Ref> {
  const [made] = (await target.must('CreateFolder', await target.path('/DC0/vm'), el('name', target.name('folder'))))
    .values;
  if (made === undefined) throw new Error('no folder');
  return made.ref;
}
