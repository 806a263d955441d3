// Which tasks a TaskFilterSpec means.
import { isMeant } from '../events/whereabouts.ts';
import type { ByEntity } from '../events/whereabouts.ts';
import { isByUser } from '../events/user-filter.ts';
import type { ByUser } from '../events/user-filter.ts';
import type { TaskInfo, TaskRecord } from './task-history.ts';

interface ByTime {
  readonly timeType: string;
  readonly beginTime?: string;
  readonly endTime?: string;
}

export interface TaskFilterSpec {
  readonly entity?: ByEntity;
  readonly time?: ByTime;
  readonly userName?: ByUser;
  readonly activationId?: readonly string[];
  readonly state?: readonly string[];
  readonly alarm?: unknown;
  readonly scheduledTask?: unknown;
  readonly eventChainId?: readonly number[];
  readonly tag?: readonly string[];
  readonly parentTaskKey?: readonly string[];
  readonly rootTaskKey?: readonly string[];
}

/** TaskFilterSpecTimeOption → field of TaskInfo. */
const TIMES: Readonly<Record<string, string>> = {
  queuedTime: 'queueTime',
  startedTime: 'startTime',
  completedTime: 'completeTime',
};

/** Times are inclusive at both ends; a task that hasn't started or ended has no such time and isn't meant. */
export function matchesTask(record: TaskRecord, filter: TaskFilterSpec): boolean {
  const { info } = record;
  if (filter.alarm !== undefined || filter.scheduledTask !== undefined) return false;
  if (filter.entity !== undefined && !isMeant(filter.entity, record)) return false;
  if (filter.time !== undefined && !isAtTime(info, filter.time)) return false;
  if (filter.userName !== undefined && !isByUser(userOf(info), filter.userName)) return false;
  return (
    isOneOf(filter.state, info['state']) &&
    isOneOf(filter.eventChainId, info['eventChainId']) &&
    isOneOf(filter.parentTaskKey, info['parentTaskKey']) &&
    isOneOf(filter.rootTaskKey, info['rootTaskKey']) &&
    isOneOf(filter.activationId, info['activationId']) &&
    isOneOf(filter.tag, info['changeTag'])
  );
}

function isAtTime(info: TaskInfo, { timeType, beginTime, endTime }: ByTime): boolean {
  const time = info[TIMES[timeType] ?? ''];
  if (typeof time !== 'string') return false;
  const at = Date.parse(time);
  if (beginTime !== undefined && at < Date.parse(beginTime)) return false;
  return endTime === undefined || at <= Date.parse(endTime);
}

function userOf(info: TaskInfo): string {
  return String((info['reason'] as TaskInfo)['userName'] ?? '');
}

function isOneOf(wanted: readonly unknown[] | undefined, value: unknown): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(value);
}
