// Which events an EventFilterSpec means.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { isA } from '../schema/schema.ts';
import type { LoggedEvent } from './event-log.ts';

interface ByEntity {
  readonly entity: MoRef;
  readonly recursion: string;
}

interface ByTime {
  readonly beginTime?: string;
  readonly endTime?: string;
}

export interface EventFilterSpec {
  readonly entity?: ByEntity;
  readonly time?: ByTime;
  readonly userName?: { readonly systemUser: boolean; readonly userList?: readonly string[] };
  readonly eventChainId?: number;
  readonly type?: readonly string[];
  readonly eventTypeId?: readonly string[];
  readonly maxCount?: number;
}

/** Times are inclusive at both ends; a type stands for those that descend from it too. */
export function matchesEvent(event: LoggedEvent, filter: EventFilterSpec): boolean {
  if (filter.entity !== undefined && !isAbout(event, filter.entity)) return false;
  if (filter.time?.beginTime !== undefined && event.at < Date.parse(filter.time.beginTime)) return false;
  if (filter.time?.endTime !== undefined && event.at > Date.parse(filter.time.endTime)) return false;
  const users = filter.userName?.userList ?? [];
  if (users.length > 0 && !users.includes(String(event.data['userName']))) return false;
  if (filter.eventChainId !== undefined && filter.eventChainId !== event.chainId) return false;
  const types = [...(filter.type ?? []), ...(filter.eventTypeId ?? []).map(typeOfId)];
  return types.length === 0 || types.some((type) => isA(String(event.data['$type']), type));
}

function isAbout(event: LoggedEvent, { entity, recursion }: ByEntity): boolean {
  const itself = event.about?.value === entity.value;
  if (recursion === 'self') return itself;
  if (recursion === 'children') return event.ancestors[0]?.value === entity.value;
  return itself || event.ancestors.some((ancestor) => ancestor.value === entity.value);
}

/** `vim.event.VmPoweredOnEvent` → `VmPoweredOnEvent`. */
function typeOfId(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}
