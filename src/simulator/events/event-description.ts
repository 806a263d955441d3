// EventManager.description: what each type of event is called and how grave it is. Clients print events by it.
import { dataTypeNames, isA } from '../schema/schema.ts';
import { CATEGORIES, categoryOfType } from './event-categories.ts';

type EventDetail = Readonly<Record<string, string>>;

let cached: readonly EventDetail[] | undefined;

/** EventDescription of every event type there is. */
export function eventDescription(): Record<string, unknown> {
  cached ??= dataTypeNames.filter((type) => isA(type, 'Event')).map(detailOf);
  return { category: CATEGORIES.map((key) => ({ label: key, summary: key, key })), eventInfo: cached };
}

/** The formats are left to the event's own fullFormattedMessage, as for events of extensions. */
function detailOf(type: string): EventDetail {
  const words = type.replace(/Event$/, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
  return {
    key: type,
    description: words === '' ? 'Event' : words,
    category: categoryOfType(type),
    formatOnDatacenter: '',
    formatOnComputeResource: '',
    formatOnHost: '',
    formatOnVm: '',
    fullFormat: '',
  };
}
