// EventFilterSpec and TaskFilterSpec by user: without a list all regular users are meant; the system, only when asked for.

export interface ByUser {
  readonly systemUser: boolean;
  readonly userList?: readonly string[];
}

/** What vCenter does by itself is done by nobody, or by this one. */
const SYSTEM = 'system';

export function isByUser(user: string, { systemUser, userList = [] }: ByUser): boolean {
  const name = user.toLowerCase();
  if (name === '' || name === SYSTEM) return systemUser;
  return userList.length === 0 || userList.some((wanted) => wanted.toLowerCase() === name);
}
