// Which events an EventFilterSpec means.
import { isA } from '../schema/schema.ts';
import { categoryOf } from './event-categories.ts';
import type { LoggedEvent } from './event-log.ts';
import { isMeant } from './whereabouts.ts';
import type { ByEntity } from './whereabouts.ts';
import { isByUser } from './user-filter.ts';
import type { ByUser } from './user-filter.ts';

interface ByTime {
  readonly beginTime?: string;
  readonly endTime?: string;
}

export interface EventFilterSpec {
  readonly entity?: ByEntity;
  readonly time?: ByTime;
  readonly userName?: ByUser;
  readonly eventChainId?: number;
  readonly alarm?: unknown;
  readonly scheduledTask?: unknown;
  readonly category?: readonly string[];
  readonly type?: readonly string[];
  readonly tag?: readonly string[];
  readonly eventTypeId?: readonly string[];
  readonly maxCount?: number;
}

/** Times are inclusive at both ends; a type stands for those that descend from it too. */
export function matchesEvent(event: LoggedEvent, filter: EventFilterSpec): boolean {
  // Nothing here is done by an alarm or a scheduled task, or carries a tag.
  if (filter.alarm !== undefined || filter.scheduledTask !== undefined || isGiven(filter.tag)) return false;
  if (filter.entity !== undefined && !isMeant(filter.entity, event)) return false;
  if (filter.time?.beginTime !== undefined && event.at < Date.parse(filter.time.beginTime)) return false;
  if (filter.time?.endTime !== undefined && event.at > Date.parse(filter.time.endTime)) return false;
  if (filter.userName !== undefined && !isByUser(String(event.data['userName']), filter.userName)) return false;
  if (filter.eventChainId !== undefined && filter.eventChainId !== event.chainId) return false;
  if (isGiven(filter.category) && !filter.category.includes(categoryOf(event.data))) return false;
  return isOfType(event.data, [...(filter.type ?? []), ...(filter.eventTypeId ?? [])]);
}

function isOfType(data: Readonly<Record<string, unknown>>, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  // Events of extensions are all of one type and say in a field what they are.
  if (typeof data['eventTypeId'] === 'string' && wanted.includes(data['eventTypeId'])) return true;
  return wanted.some((type) => isA(String(data['$type']), typeOfId(type)));
}

/** `vim.event.VmPoweredOnEvent` → `VmPoweredOnEvent`. */
function typeOfId(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

function isGiven(list: readonly string[] | undefined): list is readonly string[] {
  return list !== undefined && list.length > 0;
}
